"""A random workload of 100 000 commands on two nodes against an independent recount: verdicts,
counts, receipts, results at every 100th entry, windows, filters and what is withheld."""

import json
import multiprocessing
import os
import random
import uuid
from collections import Counter
from datetime import datetime

from api_client import Client, owner
from node import INGEST
from recount import Recount

COMMANDS = int(os.environ.get('FLASHPOLL_COMMANDS', '100000'))
POLLS = 64
WORKERS = 4
SEED = int(os.environ.get('FLASHPOLL_SEED', '0')) or random.SystemRandom().randrange(1, 1 << 32)


def open_polls(client, dice):
    polls = []
    for number in range(POLLS):
        eligibility = dice.choice(['open', 'open', 'open', 'trusted', 'codes'])
        results = dice.choice(['live', 'live', 'after_close', 'after_vote'])
        most = dice.choice([1, 1, 3])
        choices = dice.randint(2, 6)
        poll = client.open_poll(
            *[f'choice {i}' for i in range(choices)], question=f'Poll number {number}?',
            eligibility=eligibility, results=results, max=min(most, 2), closes_in=3600,
            allow_change=results != 'after_vote' and dice.random() < 0.6)
        poll.update(eligibility=eligibility, results=results, codes=[], choices=choices)
        if eligibility == 'codes':
            poll['codes'] = client.post(f'/v1/polls/{poll["id"]}/codes', {'count': 60, 'first': 0},
                                        **owner(poll)).expect(200).json()['codes']
        polls.append(poll)
    return polls


class Worker:
    """Sends commands one by one and keeps what was answered."""

    def __init__(self, ports, polls, seed, commands):
        self.dice = random.Random(seed)
        self.clients = [Client(port) for port in ports]
        self.polls = polls
        self.commands = commands
        self.tokens = {}    # poll id -> tokens of voters
        self.sent = []      # (poll id, body, headers) to be sent again
        self.receipts = []  # (poll id, body or None, receipt, status)
        self.codes = Counter()

    def run(self):
        for _ in range(self.commands):
            poll = self.dice.choice(self.polls)
            roll = self.dice.random()
            if roll < 0.86:
                self.vote(poll)
            elif roll < 0.92 and self.sent:
                self.cast(*self.dice.choice(self.sent))
            elif roll < 0.98:
                self.retract(poll)
            elif roll < 0.999:
                self.note(poll['id'], None, self.client().post(
                    f'/v1/polls/{poll["id"]}/extend', {'by': 1}, **owner(poll)))
            elif poll is self.polls[0]:
                self.note(poll['id'], None, self.client().post(
                    f'/v1/polls/{poll["id"]}/close', **owner(poll)))
        return self.receipts, self.codes

    def client(self):
        return self.dice.choice(self.clients)

    def credential(self, poll):
        """(headers, members): a voter who is new, or one who was here."""
        if poll['eligibility'] == 'codes':
            return {}, {'code': self.dice.choice(poll['codes'])}
        if poll['eligibility'] == 'trusted':
            return INGEST, {'voter': f'voter {self.dice.randrange(200)}'}
        known = self.tokens.setdefault(poll['id'], [])
        if known and self.dice.random() < 0.6:
            return {'Voter_Token': self.dice.choice(known)}, {}
        return {}, {}

    def vote(self, poll):
        headers, members = self.credential(poll)
        some = range(7 if self.dice.random() < 0.1 else poll['choices'])
        body = {'choices': self.dice.sample(some, 2 if self.dice.random() < 0.1 else 1),
                'vote_id': str(uuid.UUID(int=self.dice.getrandbits(128))), **members}
        if self.dice.random() < (0.3 if headers or members else 0.02):
            body['replaces'] = self.dice.randrange(1, 400)
        self.cast(poll, body, headers)

    def cast(self, poll, body, headers):
        answer = self.client().post(f'/v1/polls/{poll["id"]}/votes', body, **headers)
        self.note(poll['id'], body, answer)
        if answer.headers.get('Voter-Token'):
            self.tokens[poll['id']].append(answer.headers['Voter-Token'])
        if self.dice.random() < 0.2 and len(self.sent) < 500:
            self.sent.append((poll, body, headers))
        # Who was told what to replace may do so.
        receipt = answer.json().get('receipt') if answer.status == 409 else None
        if receipt and self.dice.random() < 0.7:
            again = {**body, 'replaces': receipt['seq'],
                     'vote_id': str(uuid.UUID(int=self.dice.getrandbits(128)))}
            self.note(poll['id'], again, self.client().post(
                f'/v1/polls/{poll["id"]}/votes', again, **headers))

    def retract(self, poll):
        mine = [(body, receipt) for id_, body, receipt, _ in self.receipts[-400:]
                if id_ == poll['id'] and body and 'code' in body]
        if not mine:
            return
        body, receipt = self.dice.choice(mine)
        self.note(poll['id'], None, self.client().delete(
            f'/v1/polls/{poll["id"]}/votes/{receipt["seq"]}', Voter_Code=body['code']))

    def note(self, poll, body, answer):
        self.codes[answer.code or answer.status] += 1
        if answer.status in (200, 201):
            self.receipts.append((poll, body, answer.json(), answer.status))


def work(arguments):
    return Worker(*arguments).run()


def milliseconds(text):
    return round(datetime.fromisoformat(text.replace('Z', '+00:00')).timestamp() * 1000)


def check_receipts(receipts, recounts):
    for poll, body, receipt, _ in receipts:
        at, event, reason = recounts[poll].entries[receipt['seq']]
        assert reason is None, (poll, receipt)
        assert milliseconds(receipt['at']) == at
        if body is not None:
            assert event['vote_id'] == body['vote_id'] == receipt['vote_id']
            assert event['choices'] == body['choices'] == receipt['choices']
            assert event.get('replaces') == body.get('replaces') == receipt.get('replaces')
    made = Counter(receipt['vote_id'] for _, body, receipt, status in receipts
                   if body is not None and status == 201)
    assert all(count == 1 for count in made.values()), 'a vote was created twice'


def check_entries(client, poll, recount):
    lines = client.get(f'/v1/polls/{poll}/export.ndjson').expect(200).body.splitlines()
    for seq, line in enumerate(lines):
        shown = json.loads(line)
        reason = recount.line(shown['entry'])
        assert shown['seq'] == seq
        assert shown['reason'] == reason, (poll, seq, shown)
        assert shown['verdict'] == ('counted' if reason is None else 'void')


def check_results(client, poll, recount):
    for seq, (votes, voters) in recount.history.items():
        past = client.results(poll, f'?seq={seq}')
        assert [c['votes'] for c in past['choices']] == votes, (poll, seq)
        assert past['voters'] == voters
    now = client.results(poll)
    assert now['final'] and now['seq'] == len(recount.entries) - 1
    assert [c['votes'] for c in now['choices']] == recount.votes()


def check_windows(client, poll, recount):
    windows = client.get(f'/v1/polls/{poll}/windows?width=1').expect(200).json()['windows']
    found = {milliseconds(w['at']) // 1000: (w['counted'], w['void']) for w in windows}
    expected = {}
    for at, _, reason in recount.entries:
        counted, void = expected.get(at // 1000, (0, 0))
        expected[at // 1000] = (counted + (reason is None), void + (reason is not None))
    assert found == expected, poll


def fits(entry, wanted):
    _, event, reason = entry
    verdict = 'counted' if reason is None else 'void'
    return (event.get('voter') == wanted.get('voter', event.get('voter'))
            and event['type'] == wanted.get('type', event['type'])
            and reason == wanted.get('reason', reason)
            and verdict == wanted.get('verdict', verdict))


def check_filters(client, poll, recount, dice):
    entries = list(enumerate(recount.entries))
    voters = sorted({e['voter'] for _, (_, e, _) in entries if 'voter' in e})
    reasons = sorted({r for _, (_, _, r) in entries if r is not None})
    for _ in range(6):
        wanted = {}
        if voters and dice.random() < 0.5:
            wanted['voter'] = dice.choice(voters)
        if reasons and dice.random() < 0.5:
            wanted['reason'] = dice.choice(reasons)
        if dice.random() < 0.3:
            wanted['type'] = 'vote.cast.v1'
        if dice.random() < 0.3:
            wanted['verdict'] = dice.choice(['counted', 'void'])
        wanted['order'] = dice.choice(['asc', 'desc'])
        wanted['limit'] = dice.choice([7, 100, 500])
        expected = [seq for seq, entry in entries if fits(entry, wanted)]
        if wanted['order'] == 'desc':
            expected.reverse()
        assert [e['seq'] for e in client.entries(poll, **wanted)] == expected, (poll, wanted)


def check_withheld(client, poll):
    if poll['results'] == 'live':
        return
    results = client.results(poll['id'])
    assert results['withheld'] == poll['results']
    assert all('votes' not in choice for choice in results['choices'])
    for path in ('windows', 'results?seq=0'):
        assert client.get(f'/v1/polls/{poll["id"]}/{path}').code == 'withheld'
    for text in (client.get(f'/v1/polls/{poll["id"]}/entries?limit=500').body,
                 client.get(f'/v1/polls/{poll["id"]}/export.ndjson').body,
                 client.get(f'/v1/polls/{poll["id"]}/export.csv').body,
                 client.get(f'/v1/polls/{poll["id"]}/entries/1').body):
        for secret in (b'"choices":[', b'"added":[', b'"vote_id":"', b'"entry":"'):
            assert secret not in text


def test_a_random_workload_is_what_a_recount_finds(site):
    print(f'FLASHPOLL_SEED={SEED}')
    dice = random.Random(SEED)
    nodes = [site.node(limits__openings_per_minute=0).start() for _ in range(2)]
    client = nodes[0].client()
    polls = open_polls(client, dice)
    ports = [node.port for node in nodes]
    shares = [(ports, polls, dice.getrandbits(32), COMMANDS // WORKERS) for _ in range(WORKERS)]
    with multiprocessing.get_context('fork').Pool(WORKERS) as pool:
        parts = pool.map(work, shares)
    codes = sum((part[1] for part in parts), Counter())
    print(dict(codes))
    assert sum(codes.values()) >= COMMANDS * 0.9
    assert not codes['internal'] and not codes['outcome_unknown']
    client.close()  # the server has closed it meanwhile: nobody used it
    for poll in polls[1:]:
        check_withheld(client, poll)
    last = {}
    for poll in polls:
        answer = client.post(f'/v1/polls/{poll["id"]}/close', **owner(poll)).expect(200).json()
        last[poll['id']] = answer['seq']
    recounts = {}
    for poll in polls:
        client.results(poll['id'], f'?min_seq={last[poll["id"]]}')
        recount = recounts[poll['id']] = Recount()
        check_entries(client, poll['id'], recount)
        check_results(client, poll['id'], recount)
        check_windows(client, poll['id'], recount)
        check_filters(client, poll['id'], recount, dice)
    for receipts, _ in parts:
        check_receipts(receipts, recounts)
