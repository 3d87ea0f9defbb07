"""A long history of every kind of entry moves from PostgreSQL into another number of partitions, in
Kafka as well: results, entries and windows are the same at every seq. Only projectors and readers
run, so that no closing entry is added to either side meanwhile."""

import json
import os
import random

import pytest

from alike import both, same_poll
from archive import Archive
from audit import audited
from flashpoll import eventually
from long_history import SEED, make, run

RECORDS = int(os.environ.get('FLASHPOLL_RECORDS', '200000'))
POLLS, PARTITIONS = 40, 7
SAMPLES = 12  # of each poll, asked over HTTP


def readers(site, **settings):
    for role in ('projector', 'query'):
        site.node(role, **settings).start()
    return site.nodes[-1].client()


def folded(postgres, site):
    return int(postgres.sql('select count(*) from read_1.poll_events', site.dsn)[0][0])


@pytest.fixture(scope='module')
def sites(servers):
    with servers.site('postgres') as a, servers.site() as b:
        a.strays, a.file = make(a, RECORDS, POLLS), a.directory / 'history.zst'
        a.exported = json.loads(run(a, 'ledger', 'export', a.file, '-o', 'json').stdout)
        b.imported = json.loads(run(b, 'ledger', 'import', a.file, '-o', 'json', '--partitions',
                                    PARTITIONS).stdout)
        a.archive = Archive(a.file)
        a.last = {}
        for key, *_ in a.archive.records:
            a.last[key] = a.last.get(key, -1) + 1
        a.client, b.client = readers(a), readers(b, partitions=PARTITIONS)
        for site in (a, b):
            eventually(lambda: folded(servers.postgres, site) == a.exported['records'], 60,
                       'all is in the read tables')
        yield a, b


def test_all_is_in_the_file_and_in_the_ledger(sites):
    a, b = sites
    assert a.exported['records'] + a.strays == RECORDS and a.exported['strays'] == a.strays > 0
    assert b.imported['equal'] is True
    assert b.imported['in_ledger']['records'] == a.exported['records'] == len(a.archive.records)
    assert b.imported['in_ledger']['history'] == a.archive.summary['history']
    assert len(a.last) == POLLS


@pytest.mark.parametrize('table', ['polls', 'poll_results', 'poll_events', 'result_history'])
def test_every_row_of_the_read_tables_is_the_same(postgres, sites, table):
    """What is served as of any seq is made of these rows."""
    order = 'poll_id' if table in ('polls', 'poll_results') else 'poll_id, seq'
    statement = f"""select count(*), md5(string_agg(t::text, E'\\n' order by {order}))
                    from read_1.{table} t"""
    one, two = (postgres.sql(statement, site.dsn) for site in sites)
    assert one == two
    if table == 'poll_events':
        assert int(one[0][0]) == sites[0].exported['records']


def test_the_services_say_the_same(sites):
    a, b = sites
    dice = random.Random(SEED)
    for poll, last in a.last.items():
        def seqs(count, last=last):
            assert count == last + 1
            return sorted({0, last, *(dice.randrange(count) for _ in range(SAMPLES))})
        assert same_poll(a.client, b.client, poll, seqs) in (0, last + 1)  # 0: hidden
        both(a.client, b.client, f'/v1/polls/{poll}/windows?width=3600')


def test_a_recount_of_the_target_agrees(sites):
    a, b = sites
    hidden = {key for key, _, value in a.archive.records if b'"type":"poll.hidden.v1"' in value}
    for poll in [poll for poll in sorted(a.last, key=a.last.get) if poll not in hidden][-6:]:
        audited(b.client, poll)


def test_both_verify(sites):
    for site, partitions in zip(sites, (12, PARTITIONS)):
        verified = run(site, 'verify', '-o', 'json', '--partitions', partitions)
        assert json.loads(verified.stdout)['equal'] is True
