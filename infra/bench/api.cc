#include "infra/bench/api.h"

#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <charconv>
#include <stdexcept>

#include "infra/bench/load.h"
#include "infra/http/client.h"
#include "infra/json/json.h"

namespace flashpoll::bench {

std::vector<std::string> open_polls(std::uint16_t port, int count, std::string_view eligibility) {
  const http::Client client;
  std::vector<std::string> polls;
  for (int i = 0; i < count; ++i) {
    const auto answer = client.request(
        "POST", "http://127.0.0.1:" + std::to_string(port) + "/v1/polls",
        {{"Content-Type", "application/json"}},
        R"({"question":"How fast is it?","choices":["fast","slow"],"closes_in":36000,)"
        R"("eligibility":")" +
            std::string(eligibility) + R"("})");
    if (answer.status != 201) throw std::runtime_error("no poll opened: " + answer.body);
    const auto body = json::parse(answer.body);
    polls.push_back(std::get<json::Value>(body).find("id")->string());
  }
  return polls;
}

std::string ask(std::uint16_t port, std::string_view request) {
  const int fd = connect_to(port);
  std::string answer;
  bool broken = ::send(fd, request.data(), request.size(), MSG_NOSIGNAL) < 0;
  while (!broken && whole_answer(answer) == 0) {
    std::array<char, 4096> buffer;
    const ssize_t size = ::recv(fd, buffer.data(), buffer.size(), 0);
    broken = size <= 0;
    if (!broken) answer.append(buffer.data(), static_cast<std::size_t>(size));
  }
  ::close(fd);
  if (broken) throw std::runtime_error("no answer to " + std::string(request));
  return answer;
}

std::string get_request(std::string_view path, std::string_view more_fields) {
  return "GET " + std::string(path) + " HTTP/1.1\r\nHost: 127.0.0.1\r\n" +
         std::string(more_fields) + "\r\n";
}

std::string field_of(std::string_view answer, std::string_view name) {
  const std::string start = "\r\n" + std::string(name) + ": ";
  const std::size_t at = answer.find(start);
  if (at == std::string_view::npos) throw std::runtime_error("no field " + std::string(name));
  const std::string_view rest = answer.substr(at + start.size());
  return std::string(rest.substr(0, rest.find("\r\n")));
}

std::int64_t integer_of(std::string_view text, std::string_view name) {
  const std::string start = "\"" + std::string(name) + "\":";
  const std::size_t at = text.find(start);
  if (at == std::string_view::npos) return -1;
  const std::string_view digits = text.substr(at + start.size());
  std::int64_t value = -1;
  std::from_chars(digits.data(), digits.data() + digits.size(), value);
  return value;
}

}  // namespace flashpoll::bench
