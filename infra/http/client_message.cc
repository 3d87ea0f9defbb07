#include "infra/http/client_message.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "infra/http/gate.h"
#include "infra/runtime/fault.h"

namespace flashpoll::http {

namespace {

constexpr std::size_t kMaxHead = 64 * 1024;

std::optional<std::string_view> find_header(const std::vector<Header>& headers,
                                            std::string_view name) {
  const auto found = std::ranges::find_if(
      headers, [name](const Header& header) { return same_ignoring_case(header.first, name); });
  if (found == headers.end()) return std::nullopt;
  return found->second;
}

/// `bytes`: status line and fields, without the empty line.
ClientResponse parse_response(std::string_view bytes) {
  ClientResponse response;
  if (!bytes.starts_with("HTTP/1.1 ") || bytes.size() < 12) malformed();
  std::from_chars(bytes.data() + 9, bytes.data() + 12, response.status);
  std::size_t begin = bytes.find("\r\n");
  while (begin != std::string_view::npos && begin + 2 < bytes.size()) {
    const std::size_t end = bytes.find("\r\n", begin + 2);
    const std::string_view line = bytes.substr(begin + 2, end - begin - 2);
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos) malformed();
    std::string_view value = line.substr(colon + 1);
    value.remove_prefix(std::min(value.find_first_not_of(" \t"), value.size()));
    response.headers.emplace_back(line.substr(0, colon), value);
    begin = end;
  }
  return response;
}

}  // namespace

void malformed() { throw Unavailable("the server's answer is no proper HTTP/1.1"); }

std::optional<std::string_view> ClientResponse::header(std::string_view name) const {
  return find_header(headers, name);
}

std::string request_head(std::string_view method, const Url& url,
                         const std::vector<Header>& headers) {
  std::string bytes(method);
  bytes.append(" ").append(url.target).append(" HTTP/1.1\r\nHost: ").append(url.authority);
  bytes.append("\r\nConnection: close\r\n");
  for (const auto& [name, value] : headers) {
    if (!is_token(name) || value.find_first_of("\r\n") != std::string::npos) {
      throw Misconfigured("header '" + name + "' cannot be sent");
    }
    bytes.append(name).append(": ").append(value).append("\r\n");
  }
  return bytes;
}

std::optional<ClientResponse> take_head(std::string& bytes) {
  while (true) {
    const std::size_t end = bytes.find("\r\n\r\n");
    if (end == std::string::npos) {
      if (bytes.size() > kMaxHead) malformed();
      return std::nullopt;
    }
    ClientResponse response = parse_response(std::string_view(bytes).substr(0, end));
    bytes.erase(0, end + 4);
    if (response.status >= 200) return response;
  }
}

BodyReader::BodyReader(const ClientResponse& response, bool bodiless) {
  const auto length = find_header(response.headers, "content-length");
  if (bodiless || response.status == 204 || response.status == 304) {
    left_ = 0;
  } else if (find_header(response.headers, "transfer-encoding")) {
    chunks_.emplace(kMaxClientBody);
  } else if (length) {
    std::size_t size = 0;
    std::from_chars(length->data(), length->data() + length->size(), size);
    left_ = size;
  }
}

bool BodyReader::feed(std::string_view bytes, std::string& body) {
  if (chunks_) {
    const auto state = chunks_->feed(bytes, body);
    if (state == ChunkedDecoder::State::more) return false;
    if (state != ChunkedDecoder::State::done) malformed();
    return true;
  }
  const std::string_view piece = bytes.substr(0, left_.value_or(bytes.size()));
  body.append(piece);
  if (!left_) return false;
  *left_ -= piece.size();
  return *left_ == 0;
}
bool hand_over(std::string& text, const std::function<bool(std::string_view)>& line) {
  std::size_t begin = 0;
  for (std::size_t end = 0; (end = text.find('\n', begin)) != std::string::npos; begin = end + 1) {
    std::string_view one = std::string_view(text).substr(begin, end - begin);
    if (one.ends_with('\r')) one.remove_suffix(1);
    if (!line(one)) return false;
  }
  text.erase(0, begin);
  if (text.size() > kMaxClientBody) malformed();
  return true;
}

}  // namespace flashpoll::http
