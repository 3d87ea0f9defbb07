# Turns the files under DIR into OUT, a C++ source that defines flashpoll::query::web_assets().
# The assembler reads the files itself (.incbin), so this compiles at once whatever their size.
#   cmake -DDIR=DIST -DOUT=web_assets.cc -P embed.cmake
file(GLOB_RECURSE names RELATIVE ${DIR} ${DIR}/*)
list(SORT names COMPARE STRING)
if(NOT names)
  message(FATAL_ERROR "nothing to embed in ${DIR}")
endif()

set(bytes "")
set(symbols "")
set(table "")
set(index 0)
foreach(name IN LISTS names)
  if(name MATCHES "[^A-Za-z0-9_./-]")
    message(FATAL_ERROR "a name that needs quoting: ${name}")
  endif()
  set(symbol "flashpoll_asset_${index}")
  string(APPEND bytes "asm(\".section .rodata\\n\"
    \"${symbol}_begin: .incbin \\\"${DIR}/${name}\\\"\\n\"
    \"${symbol}_end: .byte 0\\n\"
    \".previous\\n\");\n")
  string(APPEND symbols "extern const char ${symbol}_begin[], ${symbol}_end[];\n")
  string(APPEND table "      WebAsset{\"${name}\", between(${symbol}_begin, ${symbol}_end)},\n")
  math(EXPR index "${index} + 1")
endforeach()

file(WRITE ${OUT} "#include \"query/web_assets.h\"

#include <array>

${bytes}
extern \"C\" {
${symbols}}

namespace flashpoll::query {
namespace {

std::string_view between(const char* begin, const char* end) {
  return {begin, static_cast<std::size_t>(end - begin)};
}

}  // namespace

std::span<const WebAsset> web_assets() {
  static const std::array assets = {
${table}  };
  return assets;
}

}  // namespace flashpoll::query
")
