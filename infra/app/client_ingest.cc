#include <cstdio>
#include <fstream>

#include "infra/app/client.h"
#include "infra/app/client_options.h"
#include "infra/app/client_tokens.h"
#include "infra/app/ingest_report.h"
#include "infra/app/ingest_source.h"
#include "infra/app/progress.h"
#include "infra/app/terminal.h"
#include "infra/http/client_upload.h"
#include "infra/json/writer.h"
#include "infra/runtime/fault.h"
#include "infra/runtime/thread.h"

namespace flashpoll::app {

namespace {

using std::chrono::milliseconds;

constexpr std::size_t kWindowBytes = 8 * 1024 * 1024;
constexpr std::size_t kPieceBytes = 64 * 1024;
constexpr milliseconds kTurn{50};
constexpr milliseconds kFirstPause{100};
constexpr milliseconds kLongestPause{2'000};
/// Without any answer: at the start, and once there was one.
constexpr milliseconds kPatienceAtStart{5'000};
constexpr milliseconds kPatience{60'000};

constexpr const char* kHelp = R"(Count the ballots of a file, one JSON object a line:
{"poll":"7Q2M9X4KTB3D","voter":"ann@example.org","choices":[0]}
as POST /v1/votes takes them, for polls with trusted voters. The ingest token comes from
FLASHPOLL_TOKEN or --token-file.

It may be broken off and run again: a line without a vote_id gets one that is the digest of the
file's content up to and with that line, so that what counted before is a repeat and nothing counts
twice. The content and not the name, because a moved or renamed file is the same ballots, another
file of the same name is not, and standard input has none; lines may be added at the end.)";

struct IngestOptions : ClientOptions {
  std::string file;
  std::string refused;
};

/// Where the refused lines are told, if anywhere.
class RefusedFile {
 public:
  explicit RefusedFile(const std::string& path) : path_(path) {
    if (path.empty()) return;
    file_.open(path, std::ios::binary | std::ios::trunc);
    if (!file_) throw Misconfigured("--refused: cannot write \"" + path + "\"");
  }
  void add(const IngestLine& line, const std::string& code) {
    if (path_.empty()) return;
    std::string text;
    json::Writer(text).begin_object().member("line", line.number).member("code", code).end_object();
    file_ << text << "\n";
  }
  void close() {
    file_.close();
    if (!path_.empty() && !file_) throw std::runtime_error("--refused: cannot write " + path_);
  }

 private:
  std::string path_;
  std::ofstream file_;
};

/// The whole ingestion, over as many connections as it takes.
class Ingestion {
 public:
  Ingestion(const IngestOptions& options, std::string url, std::string token)
      : source_(options.file),
        window_(kWindowBytes),
        refused_(options.refused),
        url_(std::move(url)),
        headers_{{"Authorization", "Bearer " + std::move(token)},
                 {"Content-Type", "application/x-ndjson"}},
        progress_(clock_),
        began_ms_(clock_.monotonic_ms()),
        moved_ms_(began_ms_) {}

  const IngestTally& run() {
    while (!over()) {
      try {
        connect_and_move();
      } catch (const Unavailable& fault) {
        window_.lost();
        rest(fault);
      }
    }
    refused_.close();
    show(true);
    return window_.tally();
  }

 private:
  [[nodiscard]] bool over() {
    fill();
    return source_.ended() && window_.empty();
  }

  void fill() {
    while (window_.has_room()) {
      auto line = source_.next();
      if (!line) return;
      window_.add(std::move(*line));
    }
  }

  /// One connection, until all lines have their answer.
  void connect_and_move() {
    if (window_.empty()) {  // a source that takes its time
      runtime::pause(std::stop_token(), kTurn);
      moved_ms_ = clock_.monotonic_ms();
      return;
    }
    http::ClientUpload upload(url_, headers_);
    pause_ = {};
    const auto line = [this](std::string_view text) { take(text); };
    bool finished = false;
    while (upload.turn(kTurn, line)) {
      if (!finished) send(upload);
      if (!finished && over()) {
        upload.finish();
        finished = true;
      }
      show(false);
      if (window_.empty()) moved_ms_ = clock_.monotonic_ms();
      if (clock_.monotonic_ms() - moved_ms_ > kLongestSilence.count()) {
        throw Unavailable("the server does not answer");
      }
    }
    if (upload.response()->status != 200) refuse(*upload.response());
    if (!finished) throw Unavailable("the server ended its answer early");
  }

  void send(http::ClientUpload& upload) {
    if (clock_.monotonic_ms() < resume_ms_) return;
    while (upload.unsent() < kPieceBytes) {
      std::string piece;
      while (piece.size() < kPieceBytes) {
        const IngestLine* line = window_.send();
        if (line == nullptr) break;
        piece.append(line->text).append("\n");
      }
      if (piece.empty()) return;
      upload.write(piece);
    }
  }

  void take(std::string_view text) {
    const auto answer = parse_ingest_answer(text);
    if (!answer) return;
    const auto settled = window_.answer(*answer);
    if (settled == IngestWindow::Settled::again) {
      resume_ms_ = clock_.monotonic_ms() + kLongestPause.count();
      return;
    }
    moved_ms_ = clock_.monotonic_ms();
    if (settled == IngestWindow::Settled::refused) refused_.add(window_.last(), answer->code);
  }

  /// A server that is not ready is asked again; any other no is final.
  [[noreturn]] static void refuse(const http::ClientResponse& response) {
    const Refused refused(response.status, response.body);
    if (response.status == 503) throw Unavailable(refused.what());
    throw refused;
  }

  /// Between two connections.
  void rest(const Unavailable& fault) {
    const auto patience = window_.tally().lines == 0 ? kPatienceAtStart : kPatience;
    if (clock_.monotonic_ms() - moved_ms_ > patience.count()) {
      throw Unavailable(std::string(fault.what()) + "; " + ingest_text(window_.tally()) +
                        " so far: run it again to go on");
    }
    pause_ = std::clamp(2 * pause_, kFirstPause, kLongestPause);
    runtime::pause(std::stop_token(), pause_);
  }

  void show(bool last) {
    progress_.draw(
        [this] {
          return ingest_progress(window_.tally(), source_.size(),
                                 clock_.monotonic_ms() - began_ms_);
        },
        last);
  }

  static constexpr milliseconds kLongestSilence{30'000};

  const runtime::SystemClock clock_;
  IngestSource source_;
  IngestWindow window_;
  RefusedFile refused_;
  const std::string url_;
  const std::vector<http::Header> headers_;
  ProgressLine progress_;
  const std::int64_t began_ms_;
  std::int64_t moved_ms_;       ///< when a line last got its answer
  std::int64_t resume_ms_ = 0;  ///< nothing is sent before
  milliseconds pause_{};
};

void ingest(const IngestOptions& options) {
  const auto token = shown_token(options.token_file, runtime::read_environment());
  if (!token) {
    throw Misconfigured("this needs an ingest token: set FLASHPOLL_TOKEN or --token-file");
  }
  Ingestion ingestion(options, api_of(options).server() + "/v1/votes", *token);
  const IngestTally& tally = ingestion.run();
  print((options.json() ? ingest_json(tally) : ingest_text(tally)) + "\n");
  if (tally.refused_lines() > 0) {
    throw std::runtime_error(std::to_string(tally.refused_lines()) + " lines were refused");
  }
}

}  // namespace

void add_ingest(CLI::App& parent) {
  CLI::App* command = parent.add_subcommand("ingest", kHelp);
  auto options = add_options<IngestOptions>(*command);
  command->add_option("file", options->file, "lines of ballots; - for standard input")->required();
  command->add_option("--refused", options->refused,
                      "file that gets number and code of each refused line, as JSON");
  on_call(*command, options, ingest);
}

}  // namespace flashpoll::app
