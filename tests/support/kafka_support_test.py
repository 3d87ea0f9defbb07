"""The Kafka of the end-to-end tests does what its helper says."""

import pytest

from flashpoll import KafkaCluster
from kafka_ledger import KafkaLedger


@pytest.fixture(scope='module')
def kafka():
    with KafkaCluster(3) as cluster:
        yield cluster
    assert not cluster.directory.exists()
    assert not any(child.running() for child in cluster.children.values())


@pytest.fixture
def ledger(kafka):
    made = KafkaLedger(kafka)
    kafka.tool('TopicCommand', '--create', '--topic', made.topic, '--partitions', 2,
               '--config', 'retention.ms=-1')
    return made


def what(ledger):
    return [(record.partition, record.offset, record.value) for record in ledger.records()]


def test_records_are_what_was_appended(ledger):
    assert ledger.records() == []
    odd = 'zw\u00f6lf {"a": 1}'.encode()
    ledger.append(1, b'key', b'one', odd)
    ledger.append(0, b'other', b'three')
    assert what(ledger) == [(0, 0, b'three'), (1, 0, b'one'), (1, 1, odd)]
    assert [record.key for record in ledger.records()] == [b'other', b'key', b'key']
    assert all(record.ms > 1_700_000_000_000 for record in ledger.records())


def test_a_topic_is_cut_and_made_again(ledger):
    ledger.append(1, b'key', b'one', b'two', b'three')
    ledger.append(0, b'key', b'four')
    before = ledger.records()
    ledger.lose_last(1)
    assert what(ledger) == [(0, 0, b'four'), (1, 0, b'one'), (1, 1, b'two')]
    assert all(new.ms > old.ms for old, new in zip(before, ledger.records()))
    assert 'retention.ms=-1' in ledger.cluster.tool('TopicCommand', '--describe', '--topic',
                                                    ledger.topic)


def test_brokers_die_stand_still_and_come_back(kafka, ledger):
    ledger.append(0, b'key', b'one')
    kafka.kill9(2)
    kafka.stop(3)
    kafka.start()
    assert kafka.known_to(1) == kafka.known_to(2) == kafka.known_to(3) == {1, 2, 3}
    kafka.freeze(1)
    assert kafka.known_to(1) == set()
    kafka.thaw(1)
    ledger.append(1, b'key', b'two')
    assert what(ledger) == [(0, 0, b'one'), (1, 0, b'two')]
