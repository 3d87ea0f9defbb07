"""A broker that goes away for good breaks an import off, after the minute that it is given."""

from flashpoll import Servers
from long_history import make, run
from watched_import import WatchedImport

UNREACHABLE = 3


def test_a_broker_that_stays_away_breaks_the_import_off():
    with Servers() as own, own.site('postgres') as source, own.site() as site:
        make(source, 200_000, 20)
        file = source.directory / 'history.zst'
        run(source, 'ledger', 'export', file)
        with WatchedImport(site, file) as importing:
            importing.wait_for('appended')
            own.kafka.kill9()
            code, stdout, drawn = importing.end(150)
        assert (code, stdout) == (UNREACHABLE, ''), (code, drawn)
        assert 'broken off' in drawn and 'drop it, make it anew' in drawn
