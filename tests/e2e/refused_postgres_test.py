"""What only the postgres ledger can have: offsets without gaps, and a server that forgets."""

from flashpoll import Postgres, PostgresLedger, Site
from refusals import folded, forget_snapshots, partition_of_votes, refused

__all__ = ['folded']


def test_a_ledger_with_a_gap_is_refused(postgres, site, folded):
    where = f'where partition = {partition_of_votes(site)}'
    forget_snapshots(postgres, site)
    postgres.sql(f'delete from ledger.segments {where} and first_offset = 1', site.dsn)
    refused(folded, 'offset 1', 'missing')


def test_a_server_that_could_lose_what_it_took_is_refused():
    with Postgres(fsync='off') as server:
        dsn = server.create_database()
        with Site(dsn, PostgresLedger(server, dsn)) as site:
            refused(site.node(), 'fsync')
