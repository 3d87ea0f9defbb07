#include "command/batches.h"

#include <iterator>
#include <utility>

#include "events/check.h"

namespace flashpoll::command {

void Batches::add(Batch batch) {
  FP_CHECK(!batch.lines.empty(), "a batch holds a line");
  waiting_.push_back(std::move(batch));
}

bool Batches::has_next() const {
  if (waiting_.empty()) return false;
  return taken_ == 0 || taken_ + waiting_.front().lines.size() <= places_;
}

std::vector<LineCommand> Batches::admit(RequestId first) {
  Batch batch = std::move(waiting_.front());
  waiting_.pop_front();
  AtDesk& entered = at_desk_[first];
  for (const LineCommand& one : batch.lines) entered.lines.push_back(one.line);
  entered.left = entered.lines.size();
  entered.on_replies = std::move(batch.on_replies);
  taken_ += entered.left;
  return std::move(batch.lines);
}

bool Batches::take(RequestId request, const Reply& reply) {
  auto it = at_desk_.upper_bound(request);
  if (it == at_desk_.begin()) return false;
  --it;
  AtDesk& batch = it->second;
  const std::size_t place = request - it->first;
  if (place >= batch.lines.size()) return false;
  if (batch.ready.empty()) {
    ready_.push_back(it->first);
    batch.ready.reserve(batch.left);
  }
  batch.ready.push_back({batch.lines[place], verdict_of(reply)});
  return true;
}

void Batches::tell() {
  for (const RequestId first : std::exchange(ready_, {})) {
    const auto it = at_desk_.find(first);
    AtDesk& batch = it->second;
    taken_ -= batch.ready.size();
    batch.left -= batch.ready.size();
    batch.on_replies(std::exchange(batch.ready, {}));
    if (batch.left == 0) at_desk_.erase(it);
  }
}

}  // namespace flashpoll::command
