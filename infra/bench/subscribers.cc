#include "infra/bench/subscribers.h"

#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <stdexcept>
#include <utility>

#include "infra/bench/process.h"
#include "infra/runtime/thread.h"

namespace flashpoll::bench {

namespace {

constexpr int kPing = 9;
constexpr int kPong = 10;

bool is_bare(Stream stream) {
  return stream == Stream::bare_events || stream == Stream::bare_websocket;
}
bool is_websocket(Stream stream) {
  return stream == Stream::websocket || stream == Stream::bare_websocket;
}

void send_text(int fd, std::string_view text) {
  if (::send(fd, text.data(), text.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(text.size())) {
    throw std::runtime_error("a subscriber could not send");
  }
}

/// Bytes of head and payload of a server's frame; no head: it is not whole.
std::pair<std::size_t, std::size_t> frame_sizes(std::string_view bytes) {
  if (bytes.size() < 2) return {0, 0};
  const auto byte = [&](std::size_t i) { return static_cast<std::uint8_t>(bytes[i]); };
  std::size_t head = 2;
  std::size_t size = byte(1) & 0x7F;
  if (size == 126) {
    if (bytes.size() < 4) return {0, 0};
    head = 4;
    size = static_cast<std::size_t>(byte(2)) << 8 | byte(3);
  }
  return bytes.size() < head + size ? std::pair<std::size_t, std::size_t>{0, 0}
                                    : std::pair{head, size};
}

}  // namespace

std::string client_frame(int opcode, std::string_view payload) {
  std::string frame;
  frame += static_cast<char>(0x80 | opcode);
  frame += static_cast<char>(0x80 | payload.size());
  frame.append(4, '\0');
  return frame.append(payload);
}

Subscribers::Subscribers(std::uint16_t port, int count, Stream stream, std::string hello,
                         std::string subscription)
    : stream_(stream),
      subscription_(std::move(subscription)),
      epoll_(::epoll_create1(EPOLL_CLOEXEC)),
      subscribers_(static_cast<std::size_t>(count)) {
  for (std::size_t i = 0; i < subscribers_.size(); ++i) {
    subscribers_[i].fd = connect_to(port);
    subscribers_[i].in_stream = is_bare(stream);
    send_text(subscribers_[i].fd, hello);
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.u64 = i;
    ::epoll_ctl(epoll_, EPOLL_CTL_ADD, subscribers_[i].fd, &event);
  }
  thread_ =
      runtime::start_thread("subscribers", [this](const std::stop_token& stop) { run(stop); });
  if (is_bare(stream)) return;
  wait_until("every subscriber has got its first frame", std::chrono::seconds(30),
             [this] { return frames_ >= subscribers_.size(); });
}

Subscribers::~Subscribers() {
  stop();
  for (const Subscriber& subscriber : subscribers_) ::close(subscriber.fd);
  ::close(epoll_);
}

void Subscribers::stop() {
  thread_.request_stop();
  if (thread_.joinable()) thread_.join();
}

void Subscribers::run(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    std::array<epoll_event, 256> events;
    const int count = ::epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), 50);
    for (int i = 0; i < count; ++i) {
      take(static_cast<std::uint32_t>(events[static_cast<std::size_t>(i)].data.u64));
    }
  }
}

void Subscribers::take(std::uint32_t index) {
  Subscriber& subscriber = subscribers_[index];
  std::array<char, 16'384> buffer;
  const ssize_t size = ::recv(subscriber.fd, buffer.data(), buffer.size(), 0);
  if (size <= 0) {
    ::epoll_ctl(epoll_, EPOLL_CTL_DEL, subscriber.fd, nullptr);
    return;  // the frames that lack then are seen in the count
  }
  subscriber.received.append(buffer.data(), static_cast<std::size_t>(size));
  if (!subscriber.in_stream && !take_head(subscriber)) return;
  std::string_view rest = subscriber.received;
  while (take_frame(index, rest)) continue;
  subscriber.received.erase(0, subscriber.received.size() - rest.size());
}

bool Subscribers::take_head(Subscriber& subscriber) {
  const std::size_t end = subscriber.received.find("\r\n\r\n");
  if (end == std::string::npos) return false;
  subscriber.received.erase(0, end + 4);
  subscriber.in_stream = true;
  if (!subscription_.empty()) send_text(subscriber.fd, subscription_);
  return true;
}

bool Subscribers::take_frame(std::uint32_t index, std::string_view& rest) {
  if (!is_websocket(stream_)) {
    const std::size_t end = rest.find("\n\n");
    if (end == std::string_view::npos) return false;
    note(index, rest.substr(0, end + 2));
    rest.remove_prefix(end + 2);
    return true;
  }
  const auto [head, size] = frame_sizes(rest);
  if (head == 0) return false;
  if ((rest[0] & 0x0F) == kPing) {
    send_text(subscribers_[index].fd, client_frame(kPong, rest.substr(head, size)));
  } else {
    note(index, rest.substr(0, head + size));
  }
  rest.remove_prefix(head + size);
  return true;
}

void Subscribers::note(std::uint32_t index, std::string_view frame) {
  constexpr std::string_view kSeq = "\"seq\":";
  const std::size_t at = frame.find(kSeq);
  if (at == std::string_view::npos) return;  // a comment, a reply
  Arrival arrival{.at = std::chrono::steady_clock::now(), .subscriber = index};
  const std::string_view digits = frame.substr(at + kSeq.size());
  std::from_chars(digits.data(), digits.data() + digits.size(), arrival.seq);
  arrivals_.push_back(arrival);
  if (sample_.empty()) sample_ = frame;
  ++frames_;
}

}  // namespace flashpoll::bench
