# flashpoll_sql(NAME PLACES...): a library NAME whose one function
#   std::span<const flashpoll::pg::SqlObject> flashpoll::schemas::NAME();
# (declare it where it is used) gives the files of PLACES below schemas/postgres/: a file is itself,
# a folder its *.sql in the order of their names.
function(flashpoll_sql name)
  set(files)
  foreach(place ${ARGN})
    set(found ${CMAKE_SOURCE_DIR}/schemas/postgres/${place})
    if(NOT place MATCHES "\\.sql$")
      file(GLOB found CONFIGURE_DEPENDS ${found}/*.sql)
      list(SORT found)
    endif()
    list(APPEND files ${found})
  endforeach()
  set(out ${CMAKE_CURRENT_BINARY_DIR}/${name}.cc)
  add_custom_command(OUTPUT ${out}
    COMMAND ${CMAKE_COMMAND} -DNAME=${name} -DOUT=${out} "-DFILES=${files}"
            -DROOT=${CMAKE_SOURCE_DIR}/schemas/postgres
            -P ${CMAKE_SOURCE_DIR}/infra/pg/write_sql.cmake
    DEPENDS ${files} ${CMAKE_SOURCE_DIR}/infra/pg/write_sql.cmake VERBATIM)
  flashpoll_library(${name} SOURCES ${out})
endfunction()
