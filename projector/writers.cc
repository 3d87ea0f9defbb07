#include "projector/writers.h"

#include <algorithm>
#include <chrono>
#include <future>
#include <thread>
#include <utility>

#include "infra/runtime/thread.h"
#include "projector/read_schema.h"

namespace flashpoll::projector {

namespace {

/// The server has other work too, and each costs it a process.
constexpr unsigned kMaxConnections = 4;

}  // namespace

Writers::Writers(pg::Target database, std::string name, int reader, ledger::Partition partitions,
                 const ProjectorMetrics& metrics)
    : database_(std::move(database)),
      name_(std::move(name)),
      reader_(reader),
      metrics_(metrics),
      lanes_(std::min(std::clamp(std::thread::hardware_concurrency(), 1U, kMaxConnections),
                      partitions)) {}

void Writers::connect() {
  for (std::size_t nth = 0; nth < lanes_.size(); ++nth) {
    auto& model = lanes_[nth].model;
    if (model && model->usable()) continue;
    model = ReadModel::serving(database_, reader_);
    stamp(nth);
  }
}

void Writers::disconnect() {
  for (Lane& lane : lanes_) lane.model.reset();
}

void Writers::follow_pointer() {
  const auto pointer = read_pointer(any().connection());
  const auto follows = [&](const Lane& lane) { return lane.model->schema() == pointer->schema; };
  if (!pointer || std::ranges::all_of(lanes_, follows)) return;
  disconnect();
  connect();
}

void Writers::stamp() {
  for (std::size_t nth = 0; nth < lanes_.size(); ++nth) stamp(nth);
}

void Writers::stamp(std::size_t lane) {
  stamp_backend(lanes_[lane].model->connection(), name_, {.every = lanes_.size(), .nth = lane});
}

ReadModel& Writers::of(ledger::Partition partition) {
  return *lanes_[partition % lanes_.size()].model;
}

void Writers::add(Step step) {
  lanes_[step.partition % lanes_.size()].pending.push_back(std::move(step));
}

void Writers::drop(const Partitions& partitions) {
  for (Lane& lane : lanes_) {
    const auto dropped = [&](const Step& step) { return partitions.contains(step.partition); };
    std::erase_if(lane.writing, dropped);
    std::erase_if(lane.pending, dropped);
  }
}

bool Writers::clean() const {
  return std::ranges::all_of(
      lanes_, [](const Lane& lane) { return lane.writing.empty() && lane.pending.empty(); });
}

const Step* Writers::first_of(ledger::Partition partition) const {
  const Lane& lane = lanes_[partition % lanes_.size()];
  for (const auto* steps : {&lane.writing, &lane.pending}) {
    const auto step = std::ranges::find(*steps, partition, &Step::partition);
    if (step != steps->end()) return &*step;
  }
  return nullptr;
}

std::future<bool> Writers::begin() {
  for (Lane& lane : lanes_) {
    if (lane.writing.empty()) lane.writing.swap(lane.pending);
  }
  return std::async(std::launch::async, [this] {
    runtime::name_this_thread("projector-write");
    return write();
  });
}

bool Writers::write() {
  std::vector<Lane*> busy;
  for (Lane& lane : lanes_) {
    if (!lane.writing.empty()) busy.push_back(&lane);
  }
  if (busy.empty()) return true;
  // Whatever becomes of one, all are waited for: futures of std::async do so when they go.
  std::vector<std::future<bool>> others;
  for (std::size_t nth = 1; nth < busy.size(); ++nth) {
    others.push_back(std::async(std::launch::async, [this, lane = busy[nth]] {
      runtime::name_this_thread("projector-write");
      return write(*lane);
    }));
  }
  bool written = write(*busy.front());
  for (auto& other : others) written = other.get() && written;
  return written;
}

bool Writers::write(Lane& lane) const {
  const auto began = std::chrono::steady_clock::now();
  if (!lane.model->write(lane.writing).empty()) {
    metrics_.stuck.add();
    return false;
  }
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
  metrics_.transactions.add();
  metrics_.write_seconds.observe(took.count());
  for (const Step& step : lane.writing) metrics_.count(step);
  lane.writing.clear();
  return true;
}

}  // namespace flashpoll::projector
