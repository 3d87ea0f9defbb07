#pragma once

#include <memory>

struct pg_conn;
struct pg_result;

namespace flashpoll::pg {

/// Gives an object of libpq back.
template <typename Object>
struct Give;
template <>
struct Give<pg_conn> {
  void operator()(pg_conn* connection) const noexcept;
};
template <>
struct Give<pg_result> {
  void operator()(pg_result* result) const noexcept;
};

template <typename Object>
using Handle = std::unique_ptr<Object, Give<Object>>;

}  // namespace flashpoll::pg
