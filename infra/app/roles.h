#pragma once

#include <memory>

#include "infra/app/base.h"
#include "infra/app/health.h"
#include "infra/http/router.h"

namespace flashpoll::app {

/// One role of the process. Its constructor restores what the role holds, on any thread; started
/// and stopped by the main thread, in the order of `Lifecycle`.
class Role {
 public:
  virtual ~Role() = default;
  /// Before `start`.
  virtual void add_routes(http::Router& router) = 0;
  virtual void add_checks(Health& health) = 0;
  virtual void start() = 0;
  virtual void stop() = 0;
};

/// `base` must outlive the role.
[[nodiscard]] std::unique_ptr<Role> make_command_role(Base& base, std::shared_ptr<History> history);
[[nodiscard]] std::unique_ptr<Role> make_projector_role(Base& base,
                                                        std::shared_ptr<History> history);
[[nodiscard]] std::unique_ptr<Role> make_query_role(Base& base);

}  // namespace flashpoll::app
