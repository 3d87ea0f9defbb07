#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "events/ids.h"
#include "infra/http/http.h"
#include "query/refused.h"

namespace flashpoll::query {

/// The query parameters of one request under `/v1/`. Ask for each that is known, then `refused()`:
/// it names all that is wrong at once, also what nobody asked for and what came twice. Values that
/// are wrong read as absent. The request must outlive it.
class Parameters {
 public:
  explicit Parameters(std::span<const http::Parameter> given);

  std::optional<std::string_view> text(std::string_view name);
  /// `0` or `[1-9][0-9]*` within min … max.
  std::optional<std::uint64_t> integer(std::string_view name, std::uint64_t min, std::uint64_t max);
  std::optional<events::Seq> seq(std::string_view name);
  /// RFC 3339, UTC.
  std::optional<events::TimeMs> time(std::string_view name);
  std::optional<std::string_view> one_of(std::string_view name,
                                         std::initializer_list<std::string_view> allowed);

  /// Notes what a value means is wrong.
  void refuse(std::string_view name, std::string_view why);

  [[nodiscard]] std::optional<Refused> refused();

 private:
  std::span<const http::Parameter> given_;
  std::vector<bool> asked_;
  std::string trouble_;
};

}  // namespace flashpoll::query
