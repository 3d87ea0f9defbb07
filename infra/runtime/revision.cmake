# Writes OUT, the definition of kRevision, when it changed. cmake -DSOURCE=DIR -DOUT=FILE -P …
execute_process(COMMAND git -C ${SOURCE} describe --always --dirty=+ --exclude=*
                OUTPUT_VARIABLE revision OUTPUT_STRIP_TRAILING_WHITESPACE
                ERROR_QUIET RESULT_VARIABLE failed)
if(failed)
  set(revision "")
endif()
file(CONFIGURE OUTPUT ${OUT} @ONLY CONTENT [[
namespace flashpoll::runtime {
extern const char* const kRevision;
const char* const kRevision = "@revision@";
}  // namespace flashpoll::runtime
]])
