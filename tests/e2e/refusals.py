"""A ledger that was folded once, and a start that refuses it."""

import pytest


@pytest.fixture
def folded(site):
    """A stopped node, whose read tables hold a poll with three votes."""
    node = site.node().start()
    client = node.client()
    poll = client.open_poll()['id']
    for _ in range(3):
        client.vote(poll, 0).expect(201)
    client.results(poll, '?min_seq=3')
    assert node.stop() == 0
    return node


def partition_of_votes(site):
    return site.ledger.records()[0].partition


def forget_snapshots(postgres, site):
    postgres.sql('truncate checkpoints.manifests cascade', site.dsn)


def refused(node, *words):
    node.start(ready=False)
    assert node.child.wait(30) == 5, node.log_text()
    text = node.log_text().splitlines()[-1]
    for word in words:
        assert word in text, text
