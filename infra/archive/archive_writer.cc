#include "infra/archive/archive_writer.h"

#include <utility>

#include "infra/crypto/encoding.h"
#include "infra/runtime/check.h"

namespace flashpoll::archive {

ArchiveWriter::ArchiveWriter(const Header& header, Sink sink) : out_(std::move(sink)) {
  json::Writer line(line_);
  line.begin_object().member("flashpoll_ledger", kFormat);
  line.member("key_fingerprint", header.key_fingerprint).key("ends").begin_array();
  for (const std::int64_t end : header.ends) line.value(end);
  line.end_array().end_object();
  line_ += '\n';
  put_line();
}

void ArchiveWriter::record(const Record& record) {
  FP_CHECK(record.time_ms >= 0, "a time since 1970");
  append_line(line_, record);
  ++records_;
  put_line();
}

void ArchiveWriter::stray(const Stray& stray) {
  json::Writer line(line_);
  line.begin_object().member("stray", stray.cause);
  line.member("partition", stray.partition).member("offset", stray.offset);
  line.member("time_ms", stray.time_ms);
  add_bytes(line, "key", stray.key.substr(0, kMaxStrayBytes));
  line.member("key_bytes", stray.key.size());
  add_bytes(line, "value", stray.value.substr(0, kMaxStrayBytes));
  line.member("value_bytes", stray.value.size()).end_object();
  line_ += '\n';
  ++strays_;
  put_line();
}

Summary ArchiveWriter::finish(Summary summary) {
  summary.records = records_;
  summary.strays = strays_;
  summary.sha256 = crypto::hex_encode(crypto::as_text(sha256_.finish()));
  json::Writer line(line_);
  line.begin_object().member("records", summary.records).member("strays", summary.strays);
  line.member("keys", summary.keys).member("history", summary.history);
  line.member("results", summary.results).member("sha256", summary.sha256).end_object();
  line_ += '\n';
  out_.write(line_);
  out_.finish();
  return summary;
}

void ArchiveWriter::put_line() {
  FP_CHECK(line_.size() <= kMaxLineBytes, "a line that can be read again");
  sha256_.update(line_);
  out_.write(line_);
  line_.clear();
}

}  // namespace flashpoll::archive
