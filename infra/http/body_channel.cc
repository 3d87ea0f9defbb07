#include "infra/http/body_channel.h"

#include <limits>
#include <utility>

#include "infra/runtime/check.h"

namespace flashpoll::http {

BodyFraming framing_of(const Head& head) {
  return {head.chunked, head.content_length.value_or(0), head.expect_continue};
}

BodyChannel::BodyChannel(const std::shared_ptr<Worker>& worker, Socket socket,
                         const BodyFraming& framing, std::string early, Opened opened)
    : ChannelBase(worker, std::move(socket), std::move(opened)),
      left_(framing.length),
      early_(std::move(early)) {
  if (framing.chunked) chunks_.emplace(std::numeric_limits<std::size_t>::max());
}

void BodyChannel::begin(const std::shared_ptr<Worker>& worker, Socket socket,
                        const BodyFraming& framing, std::string early, std::string head,
                        Opened opened) {
  const auto channel = std::make_shared<BodyChannel>(worker, std::move(socket), framing,
                                                     std::move(early), std::move(opened));
  channel->join();
  channel->write(std::move(head), {});
}

void BodyChannel::write(std::string head, std::string body) {
  in_flight_ = true;
  out_.set(std::move(head), std::move(body));
  set_deadline(config().timeouts.write);
  flush();
}

void BodyChannel::send(std::shared_ptr<const std::string> frame) {
  FP_CHECK(!busy_, "one frame is in flight at a time");
  if (gone() || ending_ != Ending::none || frame->empty()) return;
  busy_ = true;
  write(chunk_size_line(frame->size()), *frame + "\r\n");
}

void BodyChannel::sent() {
  in_flight_ = false;
  watch();
  if (ending_ == Ending::broken_off) return linger();
  if (std::exchange(opening_, false)) return open();
  if (ending_ == Ending::none) return idle();
  ending_ = Ending::broken_off;  // nothing follows the last chunk
  write(chunk_size_line(0), "\r\n");
}

void BodyChannel::listen() {
  if (gone() || whole_ || std::exchange(listening_, true)) return;
  watch();
  if (hearing_) return;
  if (early_.empty() && (chunks_ || left_ > 0)) return wait_readable();
  post([this] {
    if (heard(std::exchange(early_, {}))) wait_readable();
  });
}

bool BodyChannel::heard(std::string_view bytes) {
  hearing_ = true;
  piece_.clear();
  const auto state = decode(bytes);
  if (state == ChunkedDecoder::State::bad) {
    abort();
    return false;
  }
  whole_ = state == ChunkedDecoder::State::done;
  if (!piece_.empty()) {
    listening_ = false;
    text(piece_);
  }
  if (whole_) end();
  hearing_ = false;
  listening_ = listening_ && !whole_ && !gone();
  watch();
  return listening_;
}

ChunkedDecoder::State BodyChannel::decode(std::string_view bytes) {
  if (chunks_) return chunks_->feed(bytes, piece_);
  const std::string_view content = bytes.substr(0, left_);
  piece_.append(content);
  left_ -= content.size();
  return left_ == 0 ? ChunkedDecoder::State::done : ChunkedDecoder::State::more;
}

/// One deadline: for what is in flight, from its beginning; else for what is listened for. What the
/// user takes his time over is his.
void BodyChannel::watch() {
  if (gone() || in_flight_) return;
  listening_ ? set_deadline(config().timeouts.idle) : clear_deadline();
}

void BodyChannel::close(int /*code*/, std::string_view /*reason*/) { end_with(Ending::whole); }

void BodyChannel::drain() { end_with(Ending::broken_off); }

void BodyChannel::end_with(Ending ending) {
  if (gone() || ending_ != Ending::none) return;
  ending_ = ending;
  if (!in_flight_) sent();
}

}  // namespace flashpoll::http
