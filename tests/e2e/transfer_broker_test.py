"""A history goes into Kafka once, or it is told that it did not."""

import json
import os

import pytest

from archive import Archive
from flashpoll import Servers
from long_history import make, run
from watched_import import WatchedImport

RECORDS = int(os.environ.get('FLASHPOLL_RECORDS', '60000'))
UNREACHABLE, REFUSED = 3, 5


@pytest.fixture(scope='module')
def own():
    """Servers of which the broker may be killed."""
    with Servers() as started:
        yield started


@pytest.fixture(scope='module')
def source(own):
    with own.site('postgres') as site:
        make(site, RECORDS, 20)
        site.file = site.directory / 'history.zst'
        run(site, 'ledger', 'export', site.file)
        yield site


def by_key(records):
    found = {}
    for key, ms, value in records:
        found.setdefault(key, []).append((ms, value))
    return found


def held(site):
    return [(r.key.decode(), r.ms, r.value) for r in site.ledger.records()]


def test_a_broker_that_dies_on_the_way_loses_and_doubles_nothing(own, source):
    with own.site() as site, WatchedImport(site, source.file) as importing:
        importing.wait_for('appended')
        own.kafka.kill9()
        own.kafka.start()
        code, stdout, drawn = importing.end(120)
        if code == 0:
            assert 'equal in file and ledger' in stdout
            assert by_key(held(site)) == by_key(Archive(source.file).records)
        else:
            assert code == UNREACHABLE and 'drop it, make it anew' in drawn, (code, stdout, drawn)


def test_a_topic_that_holds_a_record_is_refused(own, source):
    with own.site() as site:
        run(site, 'ledger', 'import', source.file)
        refused = site.run('ledger', 'import', source.file)
        assert refused.returncode == REFUSED and 'not empty' in refused.stderr
        assert len(held(site)) == len(Archive(source.file).records)


def test_a_database_that_belongs_to_another_ledger_is_refused(own, source):
    """As when only the setting `ledger` was changed."""
    with own.site() as site:
        refused = site.run('ledger', 'import', source.file, FLASHPOLL_DATABASE=source.dsn)
        assert refused.returncode == REFUSED and 'database to a new one' in refused.stderr


def test_the_times_that_were_brought_along_are_those_that_are_shown(own, source):
    with own.site() as site:
        run(site, 'ledger', 'import', source.file)
        records = Archive(source.file).records
        key = records[0][0]
        shown = run(site, 'ledger', 'tail', key, '--last', RECORDS, '-o', 'json').stdout
        values = [json.loads(line)['value'].encode() for line in shown.splitlines()]
        assert values == [value for name, _, value in records if name == key]
        assert run(site, 'replay', key, '--result-only').stdout == run(
            source, 'replay', key, '--result-only').stdout
