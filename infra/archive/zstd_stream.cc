#include "infra/archive/zstd_stream.h"

#include <zstd.h>
#include <zstd_errors.h>

#include <string>
#include <utility>
#include <vector>

#include "infra/runtime/check.h"
#include "infra/runtime/fault.h"

namespace flashpoll::archive {

namespace {

template <auto Free>
struct FreeWith {
  template <typename T>
  void operator()(T* object) const noexcept {
    Free(object);
  }
};

template <typename T, auto Free>
using Handle = std::unique_ptr<T, FreeWith<Free>>;

[[noreturn]] void fail(std::size_t code) {
  if (ZSTD_getErrorCode(code) == ZSTD_error_prefix_unknown) throw Corrupt("it is no zstd file");
  throw Corrupt(std::string("its compressed bytes are damaged: ") + ZSTD_getErrorName(code));
}

}  // namespace

struct Compressor::State {
  void run(std::string_view bytes, ZSTD_EndDirective directive) {
    ZSTD_inBuffer in{bytes.data(), bytes.size(), 0};
    std::size_t left = 0;
    do {
      ZSTD_outBuffer out{room.data(), room.size(), 0};
      left = ZSTD_compressStream2(context.get(), &out, &in, directive);
      FP_CHECK(ZSTD_isError(left) == 0, "zstd compresses any bytes");
      if (out.pos > 0) sink({room.data(), out.pos});
    } while (directive == ZSTD_e_end ? left != 0 : in.pos < in.size);
  }

  Sink sink;
  Handle<ZSTD_CCtx, ZSTD_freeCCtx> context{ZSTD_createCCtx()};
  std::vector<char> room = std::vector<char>(ZSTD_CStreamOutSize());
};

Compressor::Compressor(Sink sink) : state_(std::make_unique<State>()) {
  state_->sink = std::move(sink);
  FP_CHECK(state_->context, "zstd has memory");
  const std::size_t set = ZSTD_CCtx_setParameter(state_->context.get(), ZSTD_c_checksumFlag, 1);
  FP_CHECK(ZSTD_isError(set) == 0, "zstd has checksums");
}

Compressor::~Compressor() = default;

void Compressor::write(std::string_view bytes) { state_->run(bytes, ZSTD_e_continue); }

void Compressor::finish() { state_->run({}, ZSTD_e_end); }

struct Decompressor::State {
  /// False at the end of the source.
  bool refill() {
    in = {taken.data(), source(taken), 0};
    return in.size > 0;
  }

  Source source;
  Handle<ZSTD_DCtx, ZSTD_freeDCtx> context{ZSTD_createDCtx()};
  std::vector<char> taken = std::vector<char>(ZSTD_DStreamInSize());
  std::vector<char> room = std::vector<char>(ZSTD_DStreamOutSize());
  ZSTD_inBuffer in{};
  bool over = false;     ///< the frame's last byte was read
  bool pending = false;  ///< `room` was full: there may be more without more input
};

Decompressor::Decompressor(Source source) : state_(std::make_unique<State>()) {
  state_->source = std::move(source);
  FP_CHECK(state_->context, "zstd has memory");
}

Decompressor::~Decompressor() = default;

std::string_view Decompressor::read() {
  State& s = *state_;
  while (!s.over) {
    if (!s.pending && s.in.pos == s.in.size && !s.refill()) throw Corrupt("it is cut short");
    ZSTD_outBuffer out{s.room.data(), s.room.size(), 0};
    const std::size_t left = ZSTD_decompressStream(s.context.get(), &out, &s.in);
    if (ZSTD_isError(left) != 0) fail(left);
    s.over = left == 0;
    s.pending = out.pos == out.size;
    if (out.pos > 0) return {s.room.data(), out.pos};
  }
  if (s.in.pos < s.in.size || s.refill()) throw Corrupt("something follows its compressed bytes");
  return {};
}

}  // namespace flashpoll::archive
