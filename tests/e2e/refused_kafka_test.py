"""What only the kafka ledger can have: a beginning that was deleted, whatever is still there."""

import pytest

from refusals import folded, forget_snapshots, partition_of_votes, refused

__all__ = ['folded']


@pytest.mark.parametrize('snapshots', ['kept', 'gone'])
def test_a_topic_whose_first_records_were_deleted_is_refused(postgres, site, folded, snapshots):
    site.ledger.delete_before(partition_of_votes(site), 2)
    if snapshots == 'gone':
        forget_snapshots(postgres, site)
    refused(folded, site.ledger.topic, 'begins at offset 2', 'deleted')
