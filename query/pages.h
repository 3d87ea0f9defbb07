#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "query/mine.h"
#include "query/seen.h"
#include "query/template.h"
#include "query/web_assets.h"
#include "query/words.h"

/// The pages for people: templates of `query/web/pages` with their holes filled, and what belongs
/// to them. Contract: query/web/pages/README.md.
namespace flashpoll::query {

/// What one page request is about, beside the poll.
struct PageRequest {
  std::string name;    ///< of the poll as in the URL, such as `lunch-today-7Q2M9X4KTB3D`
  std::string query;   ///< encoded again, with its `?`, or empty
  std::string notice;  ///< of `?notice=`
  std::optional<events::Seq> min_seq{};  ///< of `?min_seq=`: what the page should hold already
  std::string base;  ///< scheme, host and port that the browser sees, no slash at the end
};

/// Immutable; any thread.
class Pages {
 public:
  /// Throws Misconfigured when a page is missing. The assets must outlive it.
  explicit Pages(std::span<const WebAsset> assets);

  /// `/` and `/how`.
  [[nodiscard]] http::Response open() const { return page_of(200, open_.render({})); }
  [[nodiscard]] http::Response how() const { return page_of(200, how_.render({})); }

  /// `/p/{name}`: gives a device its token. `/manage/{name}`. Both redirect to the poll's own name.
  [[nodiscard]] Reply vote(ReadTables& tables, const PageRequest& request, const Look& look) const;
  [[nodiscard]] Reply manage(ReadTables& tables, const PageRequest& request,
                             const Look& look) const;

  /// What a person reads instead of a problem of the API.
  [[nodiscard]] http::Response message(events::Refusal refusal) const;
  [[nodiscard]] http::Response no_such_page() const;
  /// `/problems/{code}`; a message where there is no such code.
  [[nodiscard]] http::Response problem(std::string_view code) const;

  /// `/assets/{name}`: its name changes with its content, so it is kept for ever.
  [[nodiscard]] http::Response asset(std::string_view name) const;

 private:
  [[nodiscard]] static http::Response page_of(int status, std::string html);
  [[nodiscard]] http::Response message_of(int status, const std::string& name) const;

  const std::span<const WebAsset> assets_;
  const Template open_, how_, vote_, manage_, message_, problem_;
  const Words words_;
};

/// `fp_voter`, as every answer that hands out a token sets it.
[[nodiscard]] http::Header voter_cookie(std::string_view token, bool secure);

}  // namespace flashpoll::query
