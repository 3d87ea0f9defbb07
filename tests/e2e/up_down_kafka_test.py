"""infra/up --kafka and infra/down as a person uses them, each on a data directory of its own."""

import json
import os
import re
import signal
import subprocess

import pytest

from flashpoll import KafkaCluster, binary, eventually
from up_down_test import ENVIRONMENT, place, running

__all__ = ['place']


def servers(text):
    return re.search(r'^Kafka: (127\.0\.0\.1:\d+(,127\.0\.0\.1:\d+)*)$', text, re.MULTILINE)[1]


def kcat(servers, *arguments):
    done = subprocess.run(['kcat', '-b', servers, *arguments], capture_output=True, text=True,
                          timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout


def events(servers, poll):
    """Types of the poll's events, as kcat reads them."""
    lines = kcat(servers, '-C', '-e', '-q', '-t', 'flashpoll', '-f', '%k %s\n').splitlines()
    return [json.loads(value)['type'] for key, value in (line.split(' ', 1) for line in lines)
            if key == poll]


def copies(servers):
    [topic] = json.loads(kcat(servers, '-L', '-J', '-t', 'flashpoll'))['topics']
    return {len(partition['isrs']) for partition in topic['partitions']}


def verify(place):
    return subprocess.run([binary(), 'verify', '--config', place.directory / 'flashpoll.toml'],
                          capture_output=True, text=True, timeout=60, env=ENVIRONMENT)


def votes_arrive(place, poll, more):
    before = place.voters(poll)
    eventually(lambda: place.voters(poll) >= before + more, 30, 'votes arrive')


def test_up_votes_down_and_up_again(place):
    first = place.up('--kafka')
    assert first.returncode == 0, first.stderr
    poll, kafka = place.demo(first.stdout), servers(first.stdout)
    votes_arrive(place, poll, 3)
    read = events(kafka, poll)
    assert read[0] == 'poll.opened.v1' and len(read) >= 4
    assert set(read[1:]) == {'vote.cast.v1'} and copies(kafka) == {1}
    assert verify(place).returncode == 0
    pids = place.pids()
    assert set(pids) == {'postgres', 'kafka-1', 'flashpoll', 'demo'}

    assert place.down().returncode == 0
    assert not any(map(running, pids.values()))
    second = place.up('--kafka')
    assert second.returncode == 0, second.stderr
    assert (place.demo(second.stdout), servers(second.stdout)) == (poll, kafka)
    votes_arrive(place, poll, 1)
    assert len(events(kafka, poll)) > len(read)


def test_three_brokers_after_a_crash_of_everything(place):
    first = place.up('--kafka', '--brokers', '3')
    assert first.returncode == 0, first.stderr
    poll, kafka = place.demo(first.stdout), servers(first.stdout)
    assert len(kafka.split(',')) == 3 and copies(kafka) == {3}
    votes_arrive(place, poll, 3)
    voters, pids = place.voters(poll), place.pids()
    assert len(pids) == 6
    for pid in pids.values():
        os.kill(pid, signal.SIGKILL)
    again = place.up('--kafka')
    assert again.returncode == 0, again.stderr
    assert (place.demo(again.stdout), servers(again.stdout)) == (poll, kafka)
    assert place.voters(poll) >= voters
    votes_arrive(place, poll, 1)
    assert verify(place).returncode == 0
    pids = place.pids()
    assert place.down().returncode == 0
    assert not any(map(running, pids.values()))


def test_an_existing_kafka_is_used_and_left_alone(place):
    with KafkaCluster() as cluster:
        done = place.up('--kafka-servers', cluster.servers)
        assert done.returncode == 0, done.stderr
        assert servers(done.stdout) == cluster.servers
        assert set(place.pids()) == {'postgres', 'flashpoll', 'demo'}
        votes_arrive(place, place.demo(done.stdout), 1)
        assert verify(place).returncode == 0
        assert place.down().returncode == 0
        assert events(cluster.servers, place.demo(done.stdout))[0] == 'poll.opened.v1'


def test_a_broker_that_does_not_start_is_told_and_cleaned_up(place):
    (place.directory / 'kafka').mkdir()
    (place.directory / 'kafka/node-1.properties').write_text('process.roles=nothing\n')
    (place.directory / 'kafka/formatted').touch()
    refused = place.up('--kafka')
    assert refused.returncode == 1 and 'log/kafka-1.log' in refused.stderr
    assert place.pids() == {}


@pytest.mark.parametrize('kept, options, hint', [
    ('postgres', ['--kafka'], 'leave out --kafka'),
    ('kafka', [], 'say --kafka'),
    ('kafka', ['--kafka-servers', '127.0.0.1:1'], 'say --kafka'),
    ('kafka-servers', ['--kafka'], 'say --kafka-servers'),
])
def test_the_ledger_stays_where_it_is(place, kept, options, hint):
    (place.directory / 'ledger').write_text(kept + '\n')
    refused = place.up(*options)
    assert refused.returncode == 2
    assert hint in refused.stderr and '--data' in refused.stderr
    assert place.pids() == {}
