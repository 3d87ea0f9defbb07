#include "infra/app/roles.h"
#include "projector/read_schema.h"
#include "query/hub.h"
#include "query/listener.h"
#include "query/live_routes.h"
#include "query/live_source.h"
#include "query/pages.h"
#include "query/routes.h"
#include "query/web_assets.h"

namespace flashpoll::app {

namespace {

constexpr int kReadThreads = 4;
constexpr int kLiveThreads = 2;

/// Wakes all who wait for the read tables to move on.
class Bell final : public query::Notified {
 public:
  Bell(query::LatestResults& latest, query::Hub& hub, query::Waiter& waiter)
      : latest_(latest), hub_(hub), waiter_(waiter) {}
  void notified(const std::vector<Reached>& polls) override {
    latest_.notified(polls);  // first: who is told of a change gets nothing older when he asks
    hub_.notified(polls);
    waiter_.notify();
  }
  void notified_all() override {
    latest_.notified_all();
    hub_.notified_all();
    waiter_.notify();
  }

 private:
  query::LatestResults& latest_;
  query::Hub& hub_;
  query::Waiter& waiter_;
};

class QueryRole final : public Role {
 public:
  explicit QueryRole(Base& base)
      : base_(base),
        identity_(base.mac, base.settings.ingest_tokens),
        pages_(query::web_assets()),
        reads_pool_({.target = base.database("reads"), .threads = kReadThreads}, base.log),
        live_pool_({.target = base.database("live"), .threads = kLiveThreads}, base.log),
        waiter_(reads_pool_),
        reads_(reads_pool_, waiter_),
        latest_(reads_pool_, identity_, base.clock),
        source_(live_pool_),
        hub_(source_, identity_, base.clock, base.metrics),
        bell_(latest_, hub_, waiter_),
        listener_(base.settings.database, bell_, base.log) {}

  void add_routes(http::Router& router) override {
    query::add_routes(router, {reads_,
                               latest_,
                               identity_,
                               pages_,
                               base_.clock,
                               base_.failed_credentials,
                               {base_.settings.public_url}});
    query::add_live_routes(router, hub_,
                           {base_.settings.public_url, base_.settings.allowed_origins});
  }

  void add_checks(Health& health) override {
    health.add([this]() -> std::vector<Check> {
      if (!listener_.hears()) {
        return {{"query", Check::State::fail, "the database does not answer"}};
      }
      return {{"query", Check::State::ok,
               std::to_string(hub_.watchers().subscriptions()) + " subscriptions"}};
    });
  }

  void start() override {
    hub_.start();
    listener_.start();
  }

  void stop() override {
    listener_.stop();
    hub_.stop();
    live_pool_.stop();
    reads_pool_.stop();
  }

 private:
  Base& base_;
  query::Identity identity_;
  query::Pages pages_;
  query::ReadPool reads_pool_;
  query::ReadPool live_pool_;
  query::Waiter waiter_;
  query::Reads reads_;
  query::LatestResults latest_;
  query::PoolSource source_;
  query::Hub hub_;
  Bell bell_;
  query::Listener listener_;
};

}  // namespace

std::unique_ptr<Role> make_query_role(Base& base) {
  pg::Connection connection(base.database("start"));
  projector::require_this_shape(connection, projector::read_pointer(connection)->schema);
  return std::make_unique<QueryRole>(base);
}

}  // namespace flashpoll::app
