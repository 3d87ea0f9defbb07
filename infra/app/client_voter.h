#pragma once

#include <optional>
#include <string>
#include <vector>

#include "infra/app/client_options.h"
#include "infra/app/client_tokens.h"

namespace flashpoll::app {

/// Who votes, and how he shows it: in an `open` poll by the Voter-Token, in a `codes` poll by the
/// Voter-Code, in a `trusted` poll by the ingest token and a name.
class Voter {
 public:
  /// `poll`: the answer of `GET /v1/polls/{id}`. The credential is the one that the user shows; in
  /// an open poll without one, the token that this server gave him before, or a new one, which is
  /// kept before the first vote so that every retry is the same voter's. Throws Misconfigured when
  /// one is needed and missing.
  Voter(const ClientOptions& options, const Target& target, const json::Value& poll,
        const std::string& name);

  [[nodiscard]] const std::vector<http::Header>& headers() const { return headers_; }
  [[nodiscard]] const std::string& name() const { return name_; }  ///< trusted polls only
  /// `?voter=…` in a trusted poll, else empty.
  [[nodiscard]] std::string query() const;

  /// Whether the token came from the file. A server that has lost its data does not know it.
  [[nodiscard]] bool is_kept() const { return kept_; }
  /// Asks for another token than the one kept.
  void renew();

 private:
  [[nodiscard]] std::string fresh_token() const;
  void take_token();

  Api api_;
  std::string page_;
  std::string name_;
  std::vector<http::Header> headers_;
  bool kept_ = false;
};

/// Headers of a voter who is known already, for reading: none asked for, none made.
[[nodiscard]] std::vector<http::Header> known_voter(const ClientOptions& options,
                                                    const Target& target, const json::Value& poll);

}  // namespace flashpoll::app
