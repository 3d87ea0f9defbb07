#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

/// The few requests that prepare a measurement. All throw std::runtime_error when the answer is not
/// the expected one.
namespace flashpoll::bench {

/// Opens that many polls of two choices that end in ten hours. `eligibility`: open or trusted.
[[nodiscard]] std::vector<std::string> open_polls(std::uint16_t port, int count,
                                                  std::string_view eligibility = "open");

/// Sends a request and gives the whole answer as it came, head and body.
[[nodiscard]] std::string ask(std::uint16_t port, std::string_view request);

/// A GET without body, as a browser's, but short.
[[nodiscard]] std::string get_request(std::string_view path, std::string_view more_fields = {});

/// Value of a field of an answer's head.
[[nodiscard]] std::string field_of(std::string_view answer, std::string_view name);

/// The integer behind `"name":` in a text; -1 when it is not there.
[[nodiscard]] std::int64_t integer_of(std::string_view text, std::string_view name);

}  // namespace flashpoll::bench
