"""A ledger that is not the one that was folded is refused at start: exit code 5, and the reason."""

import pytest

from refusals import folded, forget_snapshots, partition_of_votes, refused

__all__ = ['folded']


def test_an_untouched_ledger_is_taken(folded):
    folded.start()
    assert folded.stop() == 0


@pytest.mark.parametrize('snapshots', ['kept', 'gone'])
def test_a_ledger_that_was_cut_short_is_refused(postgres, site, folded, snapshots):
    site.ledger.lose_last(partition_of_votes(site))
    if snapshots == 'gone':
        forget_snapshots(postgres, site)
    refused(folded, 'shorter than', 'restore it')


def test_a_ledger_that_was_exchanged_is_refused(site, folded):
    site.ledger.exchange(partition_of_votes(site))
    refused(folded, 'different from')


def test_another_number_of_partitions_is_refused(site, folded):
    other = site.node(partitions=7)
    refused(other, 'partitions')


def test_another_secret_is_refused(site, folded):
    site.secret_file.write_text('another secret of the tests, 0123456789')
    refused(folded, 'secret')
