#pragma once

#include <stdexcept>
#include <string>

namespace flashpoll {

/// Faults, named for what the caller does next. The text names the setting to change, or the thing
/// that is away. Caught in two places only: the HTTP session and the worker loops.

/// Try again later: a dependency is not reachable, or does not answer in time.
struct Unavailable : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// Try again later and slower: a bound of this process is reached.
struct Overloaded : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// Change the configuration, then start again.
struct Misconfigured : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// Stop: what is stored contradicts what was stored before. A human decides.
struct Corrupt : std::runtime_error {
  using std::runtime_error::runtime_error;
};

}  // namespace flashpoll
