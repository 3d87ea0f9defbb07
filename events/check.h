#pragma once

#include <cstdio>
#include <cstdlib>

/// States what must be true unless this program has a bug. Stays on in release builds: a ledger
/// that goes on after a broken invariant does more harm than one that stops.
/// `infra/runtime/check.h` has the same macro, as neither folder may include the other's files.
/// They cannot drift apart: a source that sees both, like the desk's, does not compile when they
/// differ.
#define FP_CHECK(condition, what)                                                          \
  do {                                                                                     \
    if (!(condition)) [[unlikely]] {                                                       \
      std::fprintf(stderr, "%s:%d: bug: %s (%s)\n", __FILE__, __LINE__, what, #condition); \
      std::abort();                                                                        \
    }                                                                                      \
  } while (false)
