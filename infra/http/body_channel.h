#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "infra/http/channel_base.h"
#include "infra/http/chunked.h"
#include "infra/http/gate.h"

namespace flashpoll::http {

/// How a request's body comes.
struct BodyFraming {
  bool chunked = false;
  std::uint64_t length = 0;  ///< when not chunked
  bool expect_continue = false;
};
[[nodiscard]] BodyFraming framing_of(const Head& head);

/// A body that comes in piece by piece while the pieces of a chunked answer go out. Reads only what
/// is asked for, so that the kernel holds back a client who is too fast. I/O thread.
class BodyChannel final : public ChannelBase {
 public:
  /// `early`: what of the body came with the head. `head`: the bytes of the answer's head.
  static void begin(const std::shared_ptr<Worker>& worker, Socket socket,
                    const BodyFraming& framing, std::string early, std::string head, Opened opened);
  BodyChannel(const std::shared_ptr<Worker>& worker, Socket socket, const BodyFraming& framing,
              std::string early, Opened opened);

  void send(std::shared_ptr<const std::string> frame) override;
  void close(int code, std::string_view reason) override;
  void listen() override;
  void on_deadline() override { abort(); }
  /// Ends without the last chunk: what is unanswered stays so.
  void drain() override;

 private:
  enum class Ending : std::uint8_t { none, whole, broken_off };

  void sent() override;
  bool heard(std::string_view bytes) override;
  /// Takes the content of `bytes` into `piece_`.
  [[nodiscard]] ChunkedDecoder::State decode(std::string_view bytes);
  void end_with(Ending ending);
  void write(std::string head, std::string body);
  void watch();

  std::optional<ChunkedDecoder> chunks_;
  std::uint64_t left_;  ///< of a body that is not chunked
  std::string early_;
  std::string piece_;
  bool listening_ = false;
  bool hearing_ = false;  ///< `heard` is on the stack: it reads on itself
  bool whole_ = false;    ///< the body
  bool in_flight_ = true;
  bool opening_ = true;
  Ending ending_ = Ending::none;
};

}  // namespace flashpoll::http
