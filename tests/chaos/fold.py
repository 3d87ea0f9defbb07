"""What the check reads, and none of it by the service's own code: the ledger's records, recounted
by tests/e2e/recount.py, and the rows of the read tables."""

import json
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

_TESTS = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(_TESTS / 'e2e'), str(_TESTS / 'support')]

from postgres_ledger import PostgresLedger  # noqa: E402
from recount import Recount  # noqa: E402

TYPES = ('', 'poll.opened.v1', 'vote.cast.v1', 'vote.retracted.v1', 'codes.issued.v1',
         'poll.extended.v1', 'poll.closed.v1', 'poll.hidden.v1')
REASONS = (None, 'poll_exists', 'poll_hidden', 'poll_closed', 'repeat', 'vote_id_reused',
           'poll_not_open', 'invalid_choices', 'change_not_allowed', 'already_voted',
           'stale_replace', 'too_early', 'not_later', 'codes_taken', 'wrong_eligibility')
_DIGITS = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'


def kafka_lines(servers, topic, since_ms):
    """(key, append time, value) in the order of each partition."""
    command = ['kcat', '-C', '-q', '-e', '-b', servers, '-t', topic, '-o', f's@{since_ms}',
               '-X', 'check.crcs=true', '-f', '%k\t%T\t%s\n']
    with subprocess.Popen(command, stdout=subprocess.PIPE) as kcat:
        for line in kcat.stdout:
            key, ms, value = line.rstrip(b'\n').split(b'\t', 2)
            yield key.decode(), int(ms), value
    if kcat.returncode != 0:
        raise RuntimeError(f'kcat ended with {kcat.returncode}')


def ledger_lines(ledger, since_ms):
    if 'topic' in ledger:
        return kafka_lines(ledger['servers'], ledger['topic'], since_ms)
    records = PostgresLedger(Database(ledger['dsn']), ledger['dsn']).records()
    return ((record.key.decode(), record.ms, record.value) for record in records)


def recounts(ledger, polls, since_ms):
    """{poll: Recount} of these polls; a poll's time never steps back."""
    lines = defaultdict(list)
    wanted = set(polls)
    for key, ms, value in ledger_lines(ledger, since_ms):
        if key in wanted:
            lines[key].append((ms, value))
    counted = {}
    for poll in polls:
        count, at = Recount(), 0
        for ms, value in lines.pop(poll, []):
            at = max(at, ms)
            count.add(at, json.loads(value))
        counted[poll] = count
    return counted


def number_of(poll):
    number = 0
    for digit in poll:
        number = number * 32 + _DIGITS.index(digit)
    return number


class Database:
    """The read tables, by psql."""

    def __init__(self, dsn):
        self.dsn = dsn

    def sql(self, statement, _=None):
        done = subprocess.run(['psql', '-XqAt', '-v', 'ON_ERROR_STOP=1', '-F', '\t', '-d', self.dsn,
                               '-f', '-'], input=statement, capture_output=True, text=True,
                              timeout=300, check=True)
        return [line.split('\t') for line in done.stdout.splitlines()]

    def schema(self):
        return self.sql('select schema_name from checkpoints.read_pointer')[0][0]

    def entries(self, polls):
        """{poll: rows by seq}; (seq, at, type, reason, voter, vote_id, choices, replaces) as texts,
        null is '', voter and choices in hex."""
        rows = self.sql(
            "select poll_id, seq, at, type, reason, replace(voter::text, '-', ''), vote_id, "
            f"encode(choices, 'hex'), replaces from {self.schema()}.poll_events "
            f'where poll_id in ({numbers(polls)}) '
            'order by poll_id, seq')
        return by_poll(polls, rows)

    def results(self, polls):
        """{poll: [(seq, votes, voters, counted, voided)]}, an empty list when there is none."""
        rows = self.sql('select poll_id, seq, votes, voters, counted, voided '
                        f'from {self.schema()}.poll_results where poll_id in ({numbers(polls)})')
        return {poll: [(int(seq), [int(each) for each in votes.strip('{}').split(',')],
                        int(voters), int(counted), int(voided))
                       for seq, votes, voters, counted, voided in found]
                for poll, found in by_poll(polls, rows).items()}


def numbers(polls):
    return ','.join(str(number_of(poll)) for poll in polls)


def by_poll(polls, rows):
    names = {str(number_of(poll)): poll for poll in polls}
    found = {poll: [] for poll in polls}
    for number, *row in rows:
        found[names[number]].append(row)
    return found
