#pragma once

#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "command/commands.h"
#include "infra/http/http.h"
#include "infra/http/problem.h"
#include "infra/json/object_reader.h"

namespace flashpoll::command {

/// A request that was refused before it became a command.
struct Rejection {
  events::Refusal refusal;
  std::string detail{};
  std::vector<json::FieldError> errors{};
  std::vector<std::pair<std::string, std::string>> members{};  ///< name and JSON
};

/// What reading a part of a request gives.
template <class T>
using Parsed = std::variant<T, Rejection>;

/// The one place where refusals of this role become status, code and words.
[[nodiscard]] http::Response to_response(const Rejection& rejection);
[[nodiscard]] http::Response to_response(const Refused& refused);

}  // namespace flashpoll::command
