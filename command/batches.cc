#include "command/batches.h"

#include <iterator>
#include <utility>

#include "events/check.h"

namespace flashpoll::command {

void Batches::add(Batch batch) {
  FP_CHECK(!batch.commands.empty(), "a batch holds a command");
  waiting_.push_back(std::move(batch));
}

bool Batches::has_next() const {
  if (waiting_.empty()) return false;
  return taken_ == 0 || taken_ + waiting_.front().commands.size() <= places_;
}

std::vector<NumberedCommand> Batches::admit(RequestId first) {
  Batch batch = std::move(waiting_.front());
  waiting_.pop_front();
  AtDesk& entered = at_desk_[first];
  for (const NumberedCommand& one : batch.commands) entered.numbers.push_back(one.number);
  entered.left = entered.numbers.size();
  entered.on_replies = std::move(batch.on_replies);
  taken_ += entered.left;
  return std::move(batch.commands);
}

bool Batches::take(RequestId request, Reply& reply) {
  auto it = at_desk_.upper_bound(request);
  if (it == at_desk_.begin()) return false;
  --it;
  AtDesk& batch = it->second;
  const std::size_t place = request - it->first;
  if (place >= batch.numbers.size()) return false;
  if (batch.ready.empty()) ready_.push_back(it->first);
  batch.ready.push_back({batch.numbers[place], std::move(reply)});
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
