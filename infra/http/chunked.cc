#include "infra/http/chunked.h"

#include <algorithm>
#include <array>
#include <charconv>

namespace flashpoll::http {

/// Moves bytes to `line_` up to CR LF, which is left out.
ChunkedDecoder::Line ChunkedDecoder::take_line(std::string_view& in) {
  while (!in.empty()) {
    const char c = in.front();
    in.remove_prefix(1);
    const bool after_return = line_.ends_with('\r');
    if ((c == '\n') != after_return) return Line::bad;
    if (c == '\n') {
      line_.pop_back();
      return Line::whole;
    }
    const auto byte = static_cast<unsigned char>(c);
    if ((byte < 0x20 && c != '\t' && c != '\r') || byte == 0x7F) return Line::bad;
    if (line_.size() >= kMaxLine) return Line::bad;
    line_ += c;
  }
  return Line::partial;
}

/// `1a` or `1a;name=value`.
ChunkedDecoder::State ChunkedDecoder::read_size(std::size_t taken) {
  const std::string_view digits = std::string_view(line_).substr(0, line_.find(';'));
  if (digits.empty() || digits.size() > 8) return State::bad;
  std::uint32_t size = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), size, 16);
  if (error != std::errc() || end != digits.data() + digits.size()) return State::bad;
  if (size > limit_ - std::min(limit_, taken)) return State::too_large;
  left_ = size;
  expect_ = size == 0 ? Expect::trailer : Expect::data;
  return State::more;
}

ChunkedDecoder::State ChunkedDecoder::step_line(std::size_t taken) {
  switch (expect_) {
    case Expect::size:
      return read_size(taken);
    case Expect::data_end:
      expect_ = Expect::size;
      return line_.empty() ? State::more : State::bad;
    default:
      if (line_.empty()) return State::done;
      trailer_bytes_ += line_.size();
      const bool field = !line_.starts_with(' ') && line_.find(':') != std::string::npos;
      return field && trailer_bytes_ <= kMaxTrailers ? State::more : State::bad;
  }
}

ChunkedDecoder::State ChunkedDecoder::step(std::string_view& in, std::string& body) {
  if (expect_ == Expect::data) {
    const std::string_view piece = in.substr(0, left_);
    body.append(piece);
    in.remove_prefix(piece.size());
    left_ -= piece.size();
    if (left_ == 0) expect_ = Expect::data_end;
    return State::more;
  }
  const Line line = take_line(in);
  if (line == Line::partial) return State::more;
  const State state = line == Line::whole ? step_line(body.size()) : State::bad;
  line_.clear();
  return state;
}

ChunkedDecoder::State ChunkedDecoder::feed(std::string_view& in, std::string& body) {
  State state = State::more;
  while (state == State::more && !in.empty()) state = step(in, body);
  return state;
}

std::string chunk_size_line(std::size_t size) {
  std::array<char, 20> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), size, 16).ptr;
  return std::string(digits.data(), end) + "\r\n";
}

}  // namespace flashpoll::http
