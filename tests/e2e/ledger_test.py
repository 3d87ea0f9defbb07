"""A ledger that is not the one that was folded is refused at start: exit code 5, and the reason."""

import pytest

from flashpoll import Postgres, Site


@pytest.fixture
def folded(postgres, site):
    """A stopped node, whose read tables hold a poll with three votes."""
    node = site.node().start()
    client = node.client()
    poll = client.open_poll()['id']
    for _ in range(3):
        client.vote(poll, 0).expect(201)
    client.results(poll, '?min_seq=3')
    assert node.stop() == 0
    return node


def partition_of_votes(postgres, site):
    return postgres.sql('select partition from ledger.heads order by next_offset desc limit 1',
                        site.dsn)[0][0]


def refused(node, *words):
    node.start(ready=False)
    assert node.child.wait(30) == 5, node.log_text()
    text = node.log_text().splitlines()[-1]
    for word in words:
        assert word in text, text


def test_an_untouched_ledger_is_taken(folded):
    folded.start()
    assert folded.stop() == 0


@pytest.mark.parametrize('snapshots', ['kept', 'gone'])
def test_a_ledger_that_was_cut_short_is_refused(postgres, site, folded, snapshots):
    where = f'where partition = {partition_of_votes(postgres, site)}'
    last = f'(select max(first_offset) from ledger.segments {where})'
    postgres.sql(f'''update ledger.heads set next_offset = {last} {where};
                     delete from ledger.segments {where} and first_offset = {last};''', site.dsn)
    if snapshots == 'gone':
        postgres.sql('truncate checkpoints.manifests cascade', site.dsn)
    refused(folded, 'shorter than', 'restore it')


def test_a_ledger_that_was_exchanged_is_refused(postgres, site, folded):
    where = f'where partition = {partition_of_votes(postgres, site)}'
    postgres.sql(f'update ledger.segments set ms = ms + 1 {where}', site.dsn)
    refused(folded, 'different from')


def test_a_ledger_with_a_gap_is_refused(postgres, site, folded):
    where = f'where partition = {partition_of_votes(postgres, site)}'
    postgres.sql(f'''truncate checkpoints.manifests cascade;
                     delete from ledger.segments {where} and first_offset = 1;''', site.dsn)
    refused(folded, 'offset 1', 'missing')


def test_another_number_of_partitions_is_refused(site, folded):
    other = site.node(partitions=7)
    refused(other, 'partitions')


def test_another_secret_is_refused(site, folded):
    site.secret_file.write_text('another secret of the tests, 0123456789')
    refused(folded, 'secret')


def test_a_server_that_could_lose_what_it_took_is_refused():
    with Postgres(fsync='off') as server, Site(server.create_database()) as site:
        refused(site.node(), 'fsync')
