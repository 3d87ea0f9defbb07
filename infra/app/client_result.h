#pragma once

#include "infra/app/bars.h"
#include "infra/json/json.h"

/// The API's objects as pictures. Throw std::runtime_error for what is no such object.
namespace flashpoll::app {

/// Question and choices of `GET /v1/polls/{id}`, without counts.
[[nodiscard]] Picture picture_of_poll(const json::Value& poll);

/// Takes over what `GET …/results`, or the data of a `results` event, says.
void take_results(Picture& picture, const json::Value& results);

}  // namespace flashpoll::app
