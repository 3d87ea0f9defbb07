#pragma once

#include <string>

#include "infra/pg/connection.h"

/// What is fast because it would not outlive a power cut is not measured.
namespace flashpoll::bench {

/// Throws Misconfigured when the directory is kept in memory.
void require_disk(const std::string& directory);

/// Throws Misconfigured, naming the setting, when the server could lose what it has committed.
void require_durable(pg::Connection& server);

}  // namespace flashpoll::bench
