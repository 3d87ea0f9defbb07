#include "infra/pg/params.h"

#include <utility>

#include "infra/pg/binary.h"
#include "infra/pg/types.h"

namespace flashpoll::pg {

Params& Params::add(unsigned type, std::string value) {
  types_.push_back(type);
  values_.push_back(std::move(value));
  nulls_.push_back(false);
  return *this;
}

Params& Params::boolean(bool value) { return add(kBool, std::string(1, value ? '\1' : '\0')); }

Params& Params::integer(std::int32_t value) {
  std::string bytes;
  append_int32(bytes, value);
  return add(kInt4, std::move(bytes));
}

Params& Params::bigint(std::int64_t value) {
  std::string bytes;
  append_int64(bytes, value);
  return add(kInt8, std::move(bytes));
}

Params& Params::text(std::string_view value) { return add(kText, std::string(value)); }
Params& Params::bytea(std::string_view value) { return add(kBytea, std::string(value)); }

Params& Params::integers(std::span<const std::int32_t> values) {
  return add(kInt4Array, integer_array(values));
}
Params& Params::bigints(std::span<const std::int64_t> values) {
  return add(kInt8Array, bigint_array(values));
}
Params& Params::texts(std::span<const std::string_view> values) {
  return add(kTextArray, text_array(values));
}
Params& Params::byteas(std::span<const std::string_view> values) {
  return add(kByteaArray, bytea_array(values));
}

Params& Params::null() {
  add(0, {});
  nulls_.back() = true;
  return *this;
}

}  // namespace flashpoll::pg
