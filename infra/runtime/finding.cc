#include "infra/runtime/finding.h"

#include <algorithm>

#include "infra/runtime/fault.h"

namespace flashpoll::runtime {

namespace {

bool fails(const Finding& finding) { return finding.state == Finding::State::fail; }

}  // namespace

bool any_fails(std::span<const Finding> findings) { return std::ranges::any_of(findings, fails); }

void require(std::span<const Finding> findings) {
  const auto found = std::ranges::find_if(findings, fails);
  if (found == findings.end()) return;
  throw Misconfigured(found->mend.empty() ? found->text : found->text + "; " + found->mend);
}

}  // namespace flashpoll::runtime
