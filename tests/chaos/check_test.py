"""The check finds what is wrong: a small true round, and each lie about it."""

from base64 import urlsafe_b64encode

import pytest

import check as checks
from recount import Recount

POLL, PORTS = '7Q2M9X4KTB3D', [1, 2]
AT = 1_790_000_000_000
OPENED = {'type': 'poll.opened.v1', 'poll': POLL, 'choices': ['a', 'b'], 'min': 1, 'max': 1,
          'eligibility': 'open', 'allow_change': True, 'opens_at': 0, 'closes_at': AT + 10**6}


def ballot(voter, choice, vote_id, **more):
    tag = urlsafe_b64encode(bytes([voter] * 16)).decode().rstrip('=')
    return {'type': 'vote.cast.v1', 'poll': POLL, 'voter': tag, 'vote_id': vote_id,
            'choices': [choice], **more}


class World:
    """What a round leaves behind: journal, ledger, tables, served results."""

    def __init__(self, folder):
        self.folder = folder
        self.ledger = [OPENED, ballot(1, 0, 'A'), ballot(2, 1, 'B'), ballot(1, 0, 'A'),
                       ballot(1, 1, 'C', replaces=1)]
        self.journal = [
            self.ask(1, 'first', 'A', 0), 'lost\t11.5\t1\tclosed', 'try\t11.6\t1\t1',
            self.got(1, 200, 1), self.ask(2, 'first', 'B', 1), 'got\t12.1\t2\t503\t-\t-\tbehind',
            'try\t12.2\t2\t0', self.got(2, 201, 2), self.ask(3, 'change', 'C', 1, 1),
            self.got(3, 201, 4)]
        self.rows = self.result = None
        self.served = {'choices': [{'votes': 0}, {'votes': 2}], 'voters': 2}
        self.watched = [f'{t} {POLL} {t}' for t in range(1, 40)]
        self.rate, self.steady = 0, 0

    @staticmethod
    def ask(number, kind, vote_id, choice, replaces='-'):
        return (f'ask\t1\t{number}\t{kind}\t{POLL}\t{vote_id}\t{choice}\t{replaces}\t-\n'
                f'try\t1\t{number}\t0')

    @staticmethod
    def got(number, status, seq, code='-'):
        return f'got\t{10 + number}\t{number}\t{status}\t{seq}\t2026-09-21T14:13:20.000Z\t{code}'

    def recount(self):
        count = Recount()
        for event in self.ledger:
            count.add(AT, event)
        return count

    def found(self, monkeypatch):
        """What the check has to say, all in one text."""
        count = self.recount()
        rows = [checks.row_of(seq, *entry) for seq, entry in enumerate(count.entries)]
        result = [(len(rows) - 1, count.votes(), 2, len(rows) - 1, 1)]
        monkeypatch.setattr(checks, 'recounts', lambda *_: {POLL: count})
        monkeypatch.setattr(checks, 'Database', lambda _: Tables(
            rows if self.rows is None else self.rows,
            result if self.result is None else self.result))
        monkeypatch.setattr(checks.Check, 'results', lambda *_: {POLL: self.served})
        monkeypatch.setattr(checks, 'SETTLES', 1)
        monkeypatch.setattr(checks.time, 'sleep', lambda _: None)
        (self.folder / 'client-0').write_text('\n'.join(self.journal) + '\n')
        (self.folder / 'watched').write_text('\n'.join(self.watched) + '\n')
        check = checks.Check({
            'ledger': {}, 'dsn': '', 'polls': [POLL], 'open_polls': [POLL], 'since_ms': 0,
            'journals': str(self.folder), 'watched': str(self.folder / 'watched'),
            'query_ports': PORTS, 'rate': self.rate, 'recovers_within': 10, 'reads_within': 10,
            'marks': {'steady': self.steady, 'fault': self.steady + 5, 'healed': 15, 'end': 30}})
        check.run()
        assert check.count == len(check.violations)
        return '\n'.join(check.violations + check.slow)


class Tables:
    def __init__(self, rows, result):
        self.rows, self.result = rows, result

    def entries(self, _):
        return {POLL: self.rows}

    def results(self, _):
        return {POLL: self.result}


@pytest.fixture
def world(tmp_path):
    return World(tmp_path)


def test_a_true_round_has_no_violation(world, monkeypatch):
    assert world.found(monkeypatch) == ''


def test_a_burst_before_the_fault_is_not_the_measure(world, monkeypatch):
    world.journal += [world.ask(12, 'twin', 'B', 1), world.got(12, 200, 2)]
    world.rate, world.steady = 0.1, 9
    assert world.found(monkeypatch) == ''


def lost(world):
    world.ledger.pop(2)


def doubled(world):
    world.ledger.append(ballot(3, 0, 'A'))


def foreign(world):
    world.ledger.append(ballot(3, 0, 'D'))


def another_choice(world):
    world.ledger[2]['choices'] = [0]


def unanswered(world):
    world.journal.pop()


def another_time(world):
    world.journal[3] = world.journal[3].replace('20.000Z', '20.001Z')


def refused_and_counted(world):
    world.journal[-1] = world.got(3, 409, '-', 'poll_closed')


def refused_for_nothing(world):
    world.journal[-1] = world.got(3, 409, '-', 'already_voted')


def two_receipts(world):
    world.journal += [world.ask(4, 'twin', 'A', 0), world.got(4, 200, 3)]


def row_missing(world):
    world.rows = [checks.row_of(s, *e) for s, e in enumerate(world.recount().entries)][:-1]


def row_wrong(world):
    world.rows = [checks.row_of(s, *e) for s, e in enumerate(world.recount().entries)]
    world.rows[2][3] = '9'


def result_wrong(world):
    world.result = [(4, [1, 1], 2, 4, 1)]


def served_wrong(world):
    world.served = {'choices': [{'votes': 1}, {'votes': 1}], 'voters': 2}


def reads_stood_still(world):
    world.watched = [line for line in world.watched if not 14 < float(line.split()[0]) < 26]


def too_slow(world):
    world.rate = 2


def never_back(world):
    world.rate, world.steady = 0.6, 9


@pytest.mark.parametrize('lie, words', [
    (lost, 'acknowledged, but'), (doubled, 'counted twice'), (foreign, 'nobody sent'),
    (another_choice, 'nobody sent'), (unanswered, 'never answered'),
    (another_time, 'receipt of another time'), (refused_and_counted, 'counted, but refused'),
    (refused_for_nothing, 'refused for no reason'), (two_receipts, 'two receipts'),
    (row_missing, '4 rows for 5 entries'), (row_wrong, 'row ['), (result_wrong, 'result row'),
    (too_slow, 'only 0 votes/s'), (never_back, 'not back at 90 % of 1/s'),
    (served_wrong, 'port 1 tells'), (reads_stood_still, 'stood still for 12.0 s')])
def test_it_finds(world, monkeypatch, lie, words):
    lie(world)
    assert words in world.found(monkeypatch)

