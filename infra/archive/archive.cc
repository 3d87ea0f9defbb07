#include "infra/archive/archive.h"

#include "infra/crypto/encoding.h"
#include "infra/json/json.h"

namespace flashpoll::archive {

void append_line(std::string& out, const Record& record) {
  json::Writer line(out);
  line.begin_object().member("key", record.key).member("time_ms", record.time_ms);
  line.member("value", record.value).end_object();
  out += '\n';
}

void add_bytes(json::Writer& out, const std::string& name, std::string_view bytes) {
  if (json::valid_utf8(bytes)) {
    out.member(name, bytes);
  } else {
    out.member(name + "_base64url", crypto::base64url_encode(bytes));
  }
}

}  // namespace flashpoll::archive
