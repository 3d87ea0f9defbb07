"""Anybody can read the topic, and count again what the service says."""

import json
import random
import subprocess
import sys
from pathlib import Path

from audit import export
from flashpoll import eventually, owner, partition_of
from workload_test import SEED, Worker, open_polls

COMMANDS = 3000
RECOUNT = Path(__file__).with_name('recount_topic.py')


def recounted(ledger):
    """By kcat and the recount alone: results by poll."""
    lines = ledger.cluster.kcat('-C', '-e', '-q', '-J', '-t', ledger.topic, '-o', 'beginning')
    counted = subprocess.run([sys.executable, RECOUNT], input=lines, capture_output=True,
                             check=True, timeout=60).stdout.splitlines()
    return {line['poll']: line for line in map(json.loads, counted)}


def test_a_recount_of_the_raw_topic_is_the_result(site):
    print(f'FLASHPOLL_SEED={SEED}')
    dice = random.Random(SEED)
    ports = [site.node(limits__openings_per_minute=0).start().port for _ in range(2)]
    client = site.nodes[0].client()
    polls = open_polls(client, dice)
    receipts, _ = Worker(ports, polls, dice.getrandbits(32), COMMANDS).run()
    assert len(receipts) > COMMANDS / 4
    client.close()  # nobody used it meanwhile
    seqs = {poll['id']: client.post(f'/v1/polls/{poll["id"]}/close', **owner(poll)).expect(200)
            .json()['seq'] for poll in polls}
    counted = recounted(site.ledger)
    assert counted.keys() == seqs.keys()
    for poll, seq in seqs.items():
        result = client.results(poll, f'?min_seq={seq}')
        votes = [choice['votes'] for choice in result['choices']]
        assert counted[poll] == {'poll': poll, 'seq': result['seq'], 'voters': result['voters'],
                                 'votes': votes}
    assert sum(sum(line['votes']) for line in counted.values()) > COMMANDS / 5


def test_an_imported_record_counts_at_its_own_time(site):
    node = site.node().start()
    client = node.client()
    copied = client.open_poll('Pizza', 'Sushi')['id']
    client.vote(copied, 1).expect(201)
    poll, closes_at = '7' * 12, 1_700_000_000_000
    changes = [{'opens_at': 0, 'closes_at': closes_at}, {'voter': 'A' * 22},
               {'voter': 'A' * 21 + 'Q'}]
    originals = [json.loads(entry['entry'].split(' ', 1)[1]) for entry in export(client, copied, 1)]
    client.close()
    node.stop()  # it would close the poll at once
    for original, change, ms in zip([*originals, originals[1]], changes, [-2000, -1, 0]):
        event = json.dumps({**original, 'poll': poll, **change}, separators=(',', ':'))
        site.ledger.append(partition_of(poll), poll.encode(), event.encode(),
                           time_ms=closes_at + ms)
    node.start()
    client.results(poll, '?min_seq=2')
    result = eventually(lambda: client.results(poll) if client.results(poll)['final'] else None, 10,
                        'it is closed')
    assert [choice['votes'] for choice in result['choices']] == [0, 1]
    assert recounted(site.ledger)[poll] == {'poll': poll, 'seq': result['seq'], 'voters': 1,
                                            'votes': [0, 1]}
