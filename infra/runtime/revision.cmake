# Writes OUT, the definitions of kVersion and kRevision, when they changed.
#   cmake -DSOURCE=DIR -DVERSION=TEXT -DOUT=FILE -P revision.cmake
execute_process(COMMAND git -C ${SOURCE} describe --always --dirty=+ --exclude=*
                OUTPUT_VARIABLE revision OUTPUT_STRIP_TRAILING_WHITESPACE
                ERROR_QUIET RESULT_VARIABLE failed)
if(failed)
  set(revision "")
endif()
file(CONFIGURE OUTPUT ${OUT} @ONLY CONTENT [[
namespace flashpoll::runtime {
extern const char* const kVersion;
extern const char* const kRevision;
const char* const kVersion = "@VERSION@";
const char* const kRevision = "@revision@";
}  // namespace flashpoll::runtime
]])
