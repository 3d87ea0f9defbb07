"""`flashpoll doctor` on faults that only the postgres ledger has."""

from doctor_test import examined, states, use
from flashpoll import Servers


def test_a_server_that_may_lose_what_it_took():
    with Servers() as servers, servers.site() as site:
        use(site)
        site.secret_file.chmod(0o600)
        servers.postgres.settings.update(fsync='off', full_page_writes='off')
        servers.postgres.restart()
        servers.postgres.sql('alter table ledger.writers set unlogged', site.dsn)
        checks = examined(site)
        assert states(checks, 'fail') == {'fsync', 'full_page_writes', 'tables'}
        assert checks['tables']['mend'] == 'ALTER TABLE ledger.writers SET LOGGED'
        text = site.run('doctor').stdout
        assert 'fail  fsync' in text and '-> set it to on in postgresql.conf' in text
