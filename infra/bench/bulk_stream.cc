#include "infra/bench/bulk_stream.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <random>
#include <stdexcept>

#include "infra/bench/api.h"

namespace flashpoll::bench {

namespace {

constexpr int kDigits = 16;
/// Enough for the summary and the end of the body.
constexpr std::size_t kKept = 512;
constexpr std::string_view kLastChunk = "0\r\n\r\n";

}  // namespace

BulkChunk::BulkChunk(const std::vector<std::string>& polls)
    : number_(std::uint64_t{std::random_device()()} << 32) {
  std::string lines;
  for (std::uint64_t i = 0; i < kLines; ++i) {
    lines += R"({"poll":")" + polls[i % polls.size()] + R"(","voter":")";
    places_.push_back(lines.size());
    lines += std::string(kDigits, '0') + R"(","choices":[0]})" + "\n";
  }
  const std::string head = fmt::format("{:x}\r\n", lines.size());
  for (std::size_t& place : places_) place += head.size();
  bytes_ = head + lines + "\r\n";
}

std::string_view BulkChunk::next() {
  for (const std::size_t place : places_) {
    std::uint64_t value = ++number_;
    for (std::size_t i = kDigits; i-- > 0; value >>= 4) {
      bytes_[place + i] = "0123456789abcdef"[value & 15];
    }
  }
  return bytes_;
}

BulkStream::BulkStream(int fd, const std::string& token)
    : fd_(fd),
      out_("POST /v1/votes HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer " + token +
           "\r\nContent-Type: application/x-ndjson\r\nTransfer-Encoding: chunked\r\n\r\n") {
  ::fcntl(fd_, F_SETFL, O_NONBLOCK);
}

BulkStream::~BulkStream() { ::close(fd_); }

bool BulkStream::flush() {
  while (out_begin_ < out_.size()) {
    const ssize_t sent =
        ::send(fd_, out_.data() + out_begin_, out_.size() - out_begin_, MSG_NOSIGNAL);
    if (sent < 0 && errno == EAGAIN) return false;
    if (sent < 0) throw std::runtime_error("a stream of votes broke: " + end_);
    out_begin_ += static_cast<std::size_t>(sent);
  }
  out_.clear();
  out_begin_ = 0;
  return true;
}

void BulkStream::write(BulkChunk& chunks) {
  while (flush() && !finishing_) {
    out_ = chunks.next();
    sent_ += BulkChunk::kLines;
    under_way_.push_back({sent_, std::chrono::steady_clock::now()});
  }
}

void BulkStream::finish() {
  finishing_ = true;
  out_ += kLastChunk;
  (void)flush();
}

void BulkStream::read(Histogram& latencies) {
  for (;;) {
    std::array<char, 65'536> buffer;
    const ssize_t size = ::recv(fd_, buffer.data(), buffer.size(), 0);
    if (size < 0 && errno == EAGAIN) return;
    if (size <= 0) throw std::runtime_error("a stream of votes broke: " + end_);
    take({buffer.data(), static_cast<std::size_t>(size)}, latencies);
    if (over_) return;
  }
}

void BulkStream::take(std::string_view bytes, Histogram& latencies) {
  const char before = end_.empty() ? ' ' : end_.back();
  end_ += bytes;
  if (!in_body_) check_head();
  char last = before;
  for (const char byte : bytes) {
    if (byte == '\n' && last == '}') ++answered_;
    last = byte;
  }
  const Time now = std::chrono::steady_clock::now();
  for (; !under_way_.empty() && under_way_.front().last_line <= answered_; under_way_.pop_front()) {
    latencies.add(ns_between(under_way_.front().since, now));
  }
  if (in_body_ && end_.size() > kKept) end_.erase(0, end_.size() - kKept);
  over_ = in_body_ && finishing_ && end_.ends_with(kLastChunk);
  if (over_) take_summary();
}

void BulkStream::check_head() {
  in_body_ = end_.find("\r\n\r\n") != std::string::npos;
  if (in_body_ && end_.substr(9, 3) != "200") throw std::runtime_error("refused: " + end_);
}

void BulkStream::take_summary() {
  const std::string_view summary = std::string_view(end_).substr(end_.rfind("{\"lines\":"));
  --answered_;  // it is a line, too
  counted_ = static_cast<std::uint64_t>(integer_of(summary, "counted"));
}

}  // namespace flashpoll::bench
