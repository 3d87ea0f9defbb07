// COPY: the second half of connection.cc.
#include <libpq-fe.h>
#include <poll.h>

#include <algorithm>
#include <memory>

#include "infra/pg/connection.h"

namespace flashpoll::pg {
namespace {

struct FreeMemory {
  void operator()(char* memory) const noexcept { PQfreemem(memory); }
};

}  // namespace

std::int64_t Connection::copy_in(const std::string& sql, std::string_view data) {
  const Deadline until = deadline();
  begin_copy(sql, PGRES_COPY_IN, until);
  put_copy_data(data, until);
  return finish().affected();
}

void Connection::copy_out(const std::string& sql,
                          const std::function<void(std::string_view)>& on_piece) {
  begin_copy(sql, PGRES_COPY_OUT, deadline());
  lost_ = true;  // until all was taken
  while (true) {
    char* data = nullptr;
    const int size = PQgetCopyData(connection_.get(), &data, 1);
    const std::unique_ptr<char, FreeMemory> piece(data);
    if (size > 0) {
      on_piece({data, static_cast<std::size_t>(size)});
    } else if (size == 0) {
      if (!wait_for_socket(POLLIN, deadline())) lost("no data in time");
      if (PQconsumeInput(connection_.get()) == 0) lost("COPY");
    } else {
      break;
    }
  }
  lost_ = false;
  finish();
}

void Connection::put_copy_data(std::string_view data, Deadline until) {
  constexpr std::size_t kPiece = 256 * 1024;
  const auto retry = [&](auto put) {
    for (int accepted = put(); accepted != 1; accepted = put()) {
      if (accepted < 0) lost("COPY");
      flush(until);
    }
  };
  for (; !data.empty(); data.remove_prefix(std::min(kPiece, data.size()))) {
    const std::string_view piece = data.substr(0, kPiece);
    retry([&] {
      return PQputCopyData(connection_.get(), piece.data(), static_cast<int>(piece.size()));
    });
  }
  retry([&] { return PQputCopyEnd(connection_.get(), nullptr); });
}

}  // namespace flashpoll::pg
