#include "infra/app/ingest_report.h"

#include <algorithm>

#include "infra/app/bars.h"
#include "infra/app/terminal.h"
#include "infra/json/writer.h"

namespace flashpoll::app {

namespace {

constexpr int kBarColumns = 24;

}  // namespace

std::string ingest_progress(const IngestTally& tally, std::optional<std::uint64_t> size_bytes,
                            std::int64_t elapsed_ms) {
  const auto elapsed = static_cast<std::uint64_t>(std::max<std::int64_t>(elapsed_ms, 1));
  std::string text = std::to_string(tally.lines) + " lines, " +
                     std::to_string(tally.lines * 1000 / elapsed) + "/s";
  if (!size_bytes) return text;
  const std::uint64_t size = std::max<std::uint64_t>(*size_bytes, 1);
  const std::uint64_t done = std::min(tally.bytes, size);
  text = fit(bar(bar_eighths(done, size, kBarColumns)), kBarColumns) + " " +
         std::to_string(done * 100 / size) + " %  " + text;
  if (done == 0 || done == size) return text;
  const std::uint64_t left_ms = elapsed * (size - done) / done;
  return text + ", " + std::to_string((left_ms + 999) / 1000) + " s left";
}

std::string ingest_text(const IngestTally& tally) {
  std::string text = std::to_string(tally.lines) + " lines: " + std::to_string(tally.counted) +
                     " counted, " + std::to_string(tally.repeats) + " counted before, " +
                     std::to_string(tally.refused_lines()) + " refused";
  std::string codes;
  for (const auto& [code, count] : tally.refused) {
    codes += (codes.empty() ? "" : ", ") + printable(code) + " " + std::to_string(count);
  }
  return codes.empty() ? text : text + " (" + codes + ")";
}

std::string ingest_json(const IngestTally& tally) {
  std::string text;
  json::Writer json(text);
  json.begin_object()
      .member("lines", tally.lines)
      .member("counted", tally.counted)
      .member("repeats", tally.repeats)
      .member("refused", tally.refused_lines())
      .key("codes")
      .begin_object();
  for (const auto& [code, count] : tally.refused) json.member(code, count);
  json.end_object().end_object();
  return text;
}

}  // namespace flashpoll::app
