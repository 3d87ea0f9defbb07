"""Nodes that are killed or stand still in the middle of a load: what was acknowledged counts once,
what was not can be asked again."""

import os
import random
import threading
import time
import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest

from audit import audited, export
from flashpoll import Client, Journal, Lost, Servers, eventually
from servers import KIND

ROUNDS = int(os.environ.get('FLASHPOLL_ROUNDS', '10'))
CLIENTS = 6
FROZEN_S = 10
STALL_S = 6
TAKE_OVER_S = 15  # of a dead node's leases, in a crowd
RETRY_WITHIN_S = 30


class Voter:
    """One client of one node: first ballots, changes and retractions, one after the other. Each is
    asked for again, the very same, until there is a receipt. All of it is in the journal."""

    def __init__(self, journal, port, polls, seed):
        self.journal, self.polls = journal, polls
        self.random = random.Random(seed)
        self.client = Client(port, timeout=8)
        self.stop = threading.Event()

    def run(self):
        while not self.stop.is_set():
            poll, vote_id = self.random.choice(self.polls), str(uuid.uuid4())
            choice = self.random.randrange(3)
            receipt, token = self.vote(poll, [choice], vote_id)
            if token is None or self.random.random() < 0.5:
                continue  # the 201 with the token was lost: a ballot that its voter cannot change
            choice = (choice + 1) % 3
            receipt, _ = self.vote(poll, [choice], str(uuid.uuid4()), token, receipt['seq'])
            if self.random.random() < 0.5:
                self.retract(poll, token, receipt['seq'])
        self.client.close()

    def vote(self, poll, choices, vote_id, token=None, replaces=None):
        body = {'choices': choices, 'vote_id': vote_id}
        if replaces is not None:
            body['replaces'] = replaces
        headers = {'Voter_Token': token} if token else {}
        answer = self.until_answered(
            vote_id, lambda: self.client.post(f'/v1/polls/{poll}/votes', body, **headers))
        assert answer.status in (200, 201), answer.body
        receipt = answer.json()
        assert (receipt['vote_id'], receipt['choices']) == (vote_id, choices)
        self.journal.write('voted' if answer.status == 201 else 'voted before', **receipt)
        return receipt, token or answer.headers['Voter-Token']

    def retract(self, poll, token, seq):
        answer = self.until_answered(f'{poll}/{seq}', lambda: self.client.delete(
            f'/v1/polls/{poll}/votes/{seq}', Voter_Token=token))
        assert answer.status == 200, answer.body
        assert answer.json()['retracted'] == seq
        self.journal.write('retracted', replaces=seq, **answer.json())

    def until_answered(self, what, send):
        """The first answer that is no 503, and no lost connection."""
        self.journal.write('sent', what=what)
        until = time.monotonic() + RETRY_WITHIN_S
        while True:
            try:
                answer = send()
                if answer.status != 503:
                    return answer
                self.journal.write('refused', what=what, code=answer.code)
                assert answer.headers['Retry-After']
            except Lost as lost:
                kind = 'no connection' if 'Refused' in str(lost) else 'lost'
                self.journal.write(kind, what=what, why=str(lost))
            assert time.monotonic() < until, f'{what}: no answer within {RETRY_WITHIN_S} s'
            time.sleep(0.02)


class Load:
    """`with Load(journal, nodes, polls, seed): …` Clients at the nodes in turn. What they found
    wrong comes out at the end, when each has its receipt."""

    def __init__(self, journal, nodes, polls, seed):
        self.voters = [Voter(journal, nodes[i % len(nodes)].port, polls, seed * 1000 + i)
                       for i in range(CLIENTS)]
        self.pool = ThreadPoolExecutor(CLIENTS)

    def __enter__(self):
        self.runs = [self.pool.submit(voter.run) for voter in self.voters]
        return self

    def __exit__(self, *_):
        for voter in self.voters:
            voter.stop.set()
        self.pool.shutdown()
        for run in self.runs:
            run.result()


def check_receipts(client, journal, polls):
    """Counted entries and receipts are the same, one to one."""
    told = {(line['poll'], line['seq']): line for line in journal.read()
            if line['kind'] in ('voted', 'voted before', 'retracted')}
    for poll in polls:
        last = max((seq for id_, seq in told if id_ == poll), default=0)
        eventually(lambda: client.get(f'/v1/polls/{poll}/results?min_seq={last}').status == 200,
                   TAKE_OVER_S, 'the read tables have it all')
        for entry in export(client, poll, last)[1:]:
            if entry['verdict'] == 'counted':
                line = told.pop((poll, entry['seq']))
                for member in ('at', 'vote_id', 'choices', 'replaces'):
                    assert member not in line or entry[member] == line[member], (entry, line)
        audited(client, poll)
    assert told == {}, f'acknowledged and not counted: {list(told)[:5]}'


def figures(journal):
    lines = journal.read()
    kinds = [line.get('code') or line['kind'] for line in lines]
    return ', '.join(f'{kinds.count(kind)} {kind}' for kind in sorted(set(kinds)))


def open_polls(client, count):
    return [client.open_poll('Pizza', 'Sushi', 'Salad', allow_change=True)['id']
            for _ in range(count)]


def verify(site):
    done = site.run('verify', timeout=120)
    assert done.returncode == 0, f'{done.returncode}: {done.stdout}{done.stderr}'


def test_killed_at_any_moment_during_load(site, tmp_path):
    seed = int(os.environ.get('FLASHPOLL_TEST_SEED', random.randrange(10**6)))
    print(f'FLASHPOLL_TEST_SEED={seed}')
    moments, nodes = random.Random(seed), [site.node().start(), site.node().start()]
    polls = open_polls(nodes[0].client(), 4)
    with Journal(tmp_path / 'journal') as journal:
        for round_ in range(ROUNDS):
            with Load(journal, nodes, polls, seed + round_):
                time.sleep(moments.uniform(0.1, 1.2))
                for victim in moments.choice([nodes[:1], nodes[1:], nodes]):
                    victim.kill9()
                time.sleep(moments.uniform(0, 0.3))
                for node in nodes:
                    if not node.child.running():
                        node.start(ready=False)
                time.sleep(moments.uniform(0.5, 1.0))
            verify(site)
        for node in nodes:
            node.wait_ready()
        print(figures(journal))
        assert journal.read('lost') and journal.read('voted before')
        for node in nodes:
            check_receipts(node.client(), journal, polls)


@pytest.mark.parametrize('victim', sorted({'postgres', KIND}))
def test_a_server_dies_and_comes_back(tmp_path, victim):
    with Servers() as servers, servers.site() as site:
        server = getattr(servers, victim)
        nodes = [site.node().start(), site.node().start()]
        polls = open_polls(nodes[0].client(), 4)
        with Journal(tmp_path / 'journal') as journal:
            for round_ in range(2):
                with Load(journal, nodes, polls, round_):
                    time.sleep(1)
                    server.kill9()
                    server.start()
                    time.sleep(2)
                verify(site)
            print(figures(journal))
            for node in nodes:
                check_receipts(node.client(), journal, polls)


class Watcher:
    """Votes on one node, one after the other, and looks each time until the result has it. Keeps
    how long the slowest took."""

    def __init__(self, node, poll):
        self.client, self.poll = Client(node.port, timeout=30), poll
        self.vote_s = self.result_s = 0
        self.votes = 0

    def run(self, stop):
        while not stop.is_set():
            began = time.monotonic()
            seq = self.client.vote(self.poll, 0).expect(201).json()['seq']
            voted = time.monotonic()
            self.votes += 1
            path = f'/v1/polls/{self.poll}/results?min_seq={seq}'
            while (answer := self.client.get(path)).status != 200:
                assert answer.code == 'behind', answer.body
            self.vote_s = max(self.vote_s, voted - began)
            self.result_s = max(self.result_s, time.monotonic() - voted)


def test_a_node_that_stands_still_stalls_the_other_for_moments_only(site, tmp_path):
    frozen, lives = site.node().start(), site.node().start()
    polls = open_polls(lives.client(), 12)
    eventually(lambda: 'writes 6 ' in lives.admin('/readyz?verbose')[1], 20, 'they share')
    watchers, stop = [Watcher(lives, poll) for poll in polls], threading.Event()
    with Journal(tmp_path / 'journal') as journal, ThreadPoolExecutor(len(polls)) as pool:
        loaded = open_polls(lives.client(), 2)
        with Load(journal, [frozen, lives], loaded, 1):
            runs = [pool.submit(watcher.run, stop) for watcher in watchers]
            time.sleep(0.5)
            frozen.freeze()
            time.sleep(FROZEN_S)
            frozen.thaw()
            time.sleep(1)
        stop.set()
        for run in runs:
            run.result()
        vote_s, result_s = (max(getattr(watcher, name) for watcher in watchers)
                            for name in ('vote_s', 'result_s'))
        print(f'slowest vote {vote_s:.2f} s, slowest result {result_s:.2f} s; {figures(journal)}')
        assert vote_s <= STALL_S and result_s <= STALL_S
        for node in (lives, frozen):
            check_receipts(node.client(), journal, loaded)
            for watcher in watchers:
                count = audited(node.client(), watcher.poll, watcher.votes)
                assert count.votes() == [watcher.votes, 0, 0]
