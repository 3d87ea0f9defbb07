#include "infra/pg/handle.h"

#include <libpq-fe.h>

namespace flashpoll::pg {

void Give<pg_conn>::operator()(pg_conn* connection) const noexcept { PQfinish(connection); }
void Give<pg_result>::operator()(pg_result* result) const noexcept { PQclear(result); }

}  // namespace flashpoll::pg
