#include "query/qr.h"

#include <qrcodegen.hpp>

#include "events/slug.h"

namespace flashpoll::query {

namespace {

constexpr int kQuietZone = 4;

}  // namespace

std::string qr_svg(const std::string& text) {
  const auto code = qrcodegen::QrCode::encodeText(text.c_str(), qrcodegen::QrCode::Ecc::MEDIUM);
  const std::string size = std::to_string(code.getSize() + 2 * kQuietZone);
  std::string path;
  for (int y = 0; y < code.getSize(); ++y) {
    for (int x = 0; x < code.getSize(); ++x) {
      if (!code.getModule(x, y)) continue;
      path +=
          "M" + std::to_string(x + kQuietZone) + " " + std::to_string(y + kQuietZone) + "h1v1h-1z";
    }
  }
  return "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 " + size + " " + size +
         "\" shape-rendering=\"crispEdges\"><rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>"
         "<path d=\"" +
         path + "\" fill=\"#000\"/></svg>";
}

Reply qr(ReadTables& tables, events::PollId id, const std::string& base, const Look& look) {
  auto seen = see(tables, id, look);
  if (auto* refused = std::get_if<Refused>(&seen)) return std::move(*refused);
  const PollRow& poll = std::get<SeenPoll>(seen).row;
  const std::string link = base + "/p/" + events::page_name(poll.settings.question, id);
  return http::Response{
      200, "image/svg+xml", qr_svg(link), {{"Cache-Control", "public, max-age=3600"}}};
}

}  // namespace flashpoll::query
