#include "command/bulk_stream.h"

#include <utility>

namespace flashpoll::command {

namespace {

constexpr std::size_t kMaxLineBytes = 64 * 1024;
/// Lines between being read and being told their answer.
constexpr std::size_t kWindowLines = 16 * 1024;
constexpr std::size_t kAnswerBytes = 32 * 1024;
constexpr int kNormalClosure = 1000;

}  // namespace

http::ChannelEvents BulkStream::open(Parts parts, std::shared_ptr<void> stays,
                                     std::shared_ptr<http::Channel> channel) {
  auto stream =
      std::make_shared<BulkStream>(std::move(parts), std::move(stays), std::move(channel));
  stream->work();
  return {.on_idle = [stream] { stream->work(); },
          .on_text =
              [stream](std::string_view piece) {
                stream->lines_.add(piece);
                stream->work();
              },
          .on_end =
              [stream] {
                stream->all_came_ = true;
                stream->lines_.end();
                stream->work();
              },
          .on_closed = [stream] { stream->channel_ = nullptr; }};
}

BulkStream::BulkStream(Parts parts, std::shared_ptr<void> stays,
                       std::shared_ptr<http::Channel> channel)
    : parts_(std::move(parts)),
      stays_(std::move(stays)),
      channel_(std::move(channel)),
      lines_(kMaxLineBytes),
      window_(kWindowLines) {}

void BulkStream::work() {
  if (!channel_) return;
  std::vector<LineCommand> lines;
  bool line_was_there = true;
  while (window_.has_room() && line_was_there) line_was_there = take_line(lines);
  if (!lines.empty()) hand_over(std::move(lines));
  send_answers(all_came_ && !line_was_there);
  if (!line_was_there && !all_came_) channel_->listen();
}

bool BulkStream::take_line(std::vector<LineCommand>& lines) {
  const auto line = lines_.next();
  if (!line) return false;
  const std::uint64_t number = window_.add();
  if (line->too_long) {
    window_.answer(number, refused_line(http::info(http::ProtocolProblem::body_too_large).code));
    return true;
  }
  auto parsed = parse_vote_line(line->text);
  if (const auto* rejection = std::get_if<Rejection>(&parsed)) {
    window_.answer(number, refused_line(events::info(rejection->refusal).code));
  } else {
    if (lines.empty()) lines.reserve(usual_lines_);
    lines.push_back({number, command_for(std::get<VoteLine>(parsed))});
  }
  return true;
}

Command BulkStream::command_for(const VoteLine& line) {
  const auto& [poll, vote] = line;
  return CastVote{poll, parts_->identity.for_trusted(poll, vote.voter),
                  vote.vote_id ? *vote.vote_id : new_event_id(parts_->clock), vote.choices,
                  vote.replaces};
}

void BulkStream::hand_over(std::vector<LineCommand> lines) {
  usual_lines_ = lines.size();
  auto on_replies = [stream = shared_from_this(),
                     channel = channel_](std::vector<LineReply> replies) {
    channel->post([stream, replies = std::move(replies)] {
      for (const LineReply& one : replies) stream->window_.answer(one.line, one.verdict);
      stream->work();
    });
  };
  // Refused only while the process stops: the lines stay unanswered then, and the channel ends.
  (void)parts_->desk.submit_batch({std::move(lines), std::move(on_replies)});
}

void BulkStream::send_answers(bool all_taken) {
  if (channel_->busy() || summed_up_) return;
  std::string answers = window_.take(kAnswerBytes);
  summed_up_ = all_taken && window_.empty();
  if (summed_up_) answers += window_.summary();
  if (!answers.empty()) channel_->send(std::make_shared<const std::string>(std::move(answers)));
  if (summed_up_) channel_->close(kNormalClosure, "");
}

}  // namespace flashpoll::command
