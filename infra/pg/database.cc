#include "infra/pg/database.h"

#include <pqxx/errorhandler>

#ifdef __SANITIZE_ADDRESS__
/// libpqxx 6.4.5 asks a lost connection for its encoding while it holds a bare result: 2 KB stay
/// behind for each lost connection.
extern "C" const char* __lsan_default_suppressions() { return "leak:libpqxx-6.4.so"; }
#endif

namespace flashpoll::pg {
namespace {

/// A value of a connection string, quoted.
std::string quoted(const std::string& value) {
  std::string text = "'";
  for (const char c : value) {
    if (c == '\'' || c == '\\') text += '\\';
    text += c;
  }
  return text + "'";
}

std::string percent_encoded(const std::string& value) {
  constexpr char kDigits[] = "0123456789ABCDEF";
  std::string text;
  for (const char c : value) {
    const auto byte = static_cast<unsigned char>(c);
    text += '%';
    text += kDigits[byte >> 4];
    text += kDigits[byte & 15];
  }
  return text;
}

/// libpqxx takes one string only, so our settings are added to it. Appended ones win in the
/// key=value form; in a URL they follow as further parameters.
std::string with_settings(const Target& target) {
  const std::string& text = target.connection;
  const bool url = text.starts_with("postgresql://") || text.starts_with("postgres://");
  if (!url) return text + " connect_timeout=5 application_name=" + quoted(target.application);
  return text + (text.find('?') == std::string::npos ? "?" : "&") +
         "connect_timeout=5&application_name=" + percent_encoded(target.application);
}

/// Deprecated since the next version of libpqxx never reconnects; this one does unless told.
void never_reconnect(pqxx::connection& connection) {
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
  connection.inhibit_reactivation(true);
#pragma GCC diagnostic pop
}

void set_session(pqxx::connection& connection) {
  pqxx::nontransaction session(connection);
  session.exec(
      "SET synchronous_commit = on; SET default_transaction_isolation = 'read committed';"
      "SET client_min_messages = warning; SET client_encoding = 'UTF8'; SET jit = off");
  session.commit();
}

}  // namespace

struct Database::Session {
  explicit Session(const Target& target) : connection(with_settings(target)), silent(connection) {
    never_reconnect(connection);
    set_session(connection);
  }

  pqxx::connection connection;
  pqxx::quiet_errorhandler silent;  ///< libpqxx would write to stderr
};

Database::Database(Target target, Prepare prepare)
    : target_(std::move(target)), prepare_(std::move(prepare)) {}

Database::~Database() = default;

pqxx::connection& Database::connection() {
  if (!session_) {
    auto session = std::make_unique<Session>(target_);
    if (prepare_) prepare_(session->connection);
    session_ = std::move(session);
  }
  return session_->connection;
}

void Database::forget() noexcept { session_.reset(); }

void Database::forget_if_broken() noexcept {
  if (session_ && !session_->connection.is_open()) forget();
}

void Database::rethrow_translated(Loss loss) {
  const bool was_connected = session_ != nullptr;
  try {
    throw;
  } catch (const pqxx::in_doubt_error& error) {
    forget();
    throw InDoubt(std::string("PostgreSQL: ") + error.what());
  } catch (const pqxx::broken_connection& error) {
    forget();
    const std::string what = std::string("PostgreSQL (setting database): ") + error.what();
    if (was_connected && loss == Loss::in_doubt) throw InDoubt(what);
    throw Unavailable(what);
  } catch (const pqxx::sql_error& error) {
    forget_if_broken();
    const std::string what = std::string("PostgreSQL: ") + error.what();
    if (!session_ && loss == Loss::in_doubt) throw InDoubt(what);
    if (!session_) throw Unavailable(what);
    throw_fault(what, error.sqlstate());
  } catch (const std::exception& error) {
    // Conversions and wrong uses of libpqxx: what is stored is not what the code expects.
    forget();
    throw Corrupt(std::string("PostgreSQL: ") + error.what());
  }
}

}  // namespace flashpoll::pg
