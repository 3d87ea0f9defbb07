#!/usr/bin/env python3
"""check.py ROUND: proves from the journals, the raw ledger and the read tables that a round of
chaos lost nothing and doubled nothing. ROUND is the file of JSON that `run` writes. Prints one JSON
object: the figures, every violation with its evidence, and what took too long. Exits with 1 when
there is any of them."""

import json
import sys
import time
import urllib.error
import urllib.request
from base64 import urlsafe_b64decode
from collections import Counter
from datetime import datetime

from fold import REASONS, TYPES, Database, ledger_lines, recounts
from journals import Rate, read

READ_WITHIN = 30  # seconds until the read side has all that was acknowledged
SETTLES = 5       # looks at the ledger until the tables have as much
NAMED = 20        # violations with their words; the others are counted


class Check:
    def __init__(self, plan):
        self.plan = plan
        self.violations, self.count = [], 0
        self.slow = []
        self.figures = {}

    def violate(self, what):
        self.count += 1
        if len(self.violations) < NAMED:
            self.violations.append(what)

    def run(self):
        asked = read(self.plan['journals'])
        last = Counter()
        for each in asked:
            if each.acknowledged:
                last[each.poll] = max(last[each.poll], int(each.seq))
        results = [self.results(port, last) for port in self.plan['query_ports']]
        counts = self.settled_recounts()
        self.requests(asked, counts)
        self.nothing_else(asked, counts)
        self.tables(counts)
        for told, port in zip(results, self.plan['query_ports']):
            self.served(told, port, counts)
        self.times(asked)
        self.reads()

    def settled_recounts(self):
        """Copies of what was sent again may still have come; they are void, and projected too."""
        polls, database = self.plan['polls'], Database(self.plan['dsn'])
        for _ in range(SETTLES):
            counts = recounts(self.plan['ledger'], polls, self.plan['since_ms'])
            results = database.results(polls)
            if all(results[poll] and results[poll][0][0] == len(counts[poll].entries) - 1
                   for poll in polls):
                break
            time.sleep(1)
        return counts

    # What clients were told, against the recount.

    def requests(self, asked, counts):
        totals = Counter()
        receipts = {}
        for each in asked:
            totals['failed'] += len(each.failures)
            if not each.status:
                totals['unanswered'] += 1
                self.violate(f'never answered: {each}')
            elif each.acknowledged:
                totals['acknowledged'] += 1
                self.receipt(each, counts[each.poll])
                if receipts.setdefault(each.key, each.seq) != each.seq:
                    self.violate(f'two receipts for one vote, {receipts[each.key]} and: {each}')
            else:
                totals['refused'] += 1
                self.refusal(each, counts[each.poll])
        for name in ('acknowledged', 'refused', 'failed', 'unanswered'):
            self.figures[name] = totals[name]
        self.figures['retried'] = sum(each.tries > 1 for each in asked)

    def receipt(self, asked, count):
        seq = int(asked.seq)
        if seq >= len(count.entries):
            self.lost(f'acknowledged, but the ledger ends before: {asked}')
            return
        at, event, reason = count.entries[seq]
        told_at = datetime.fromisoformat(asked.at).timestamp()
        if reason is not None or not is_of(event, asked):
            self.lost(f'acknowledged, but the entry there is {event}, {reason}: {asked}')
        elif round(told_at * 1000) != at:
            self.violate(f'receipt of another time than {at}: {asked}')

    def lost(self, what):
        self.figures['lost'] = self.figures.get('lost', 0) + 1
        self.violate(what)

    def refusal(self, asked, count):
        right = (asked.kind == 'again' and asked.code == 'already_voted'
                 or asked.code == 'poll_closed' and count.ended is not None)
        if not right:
            self.violate(f'refused for no reason: {asked}')

    # What the ledger holds, against what was sent.

    def nothing_else(self, asked, counts):
        sent = {}
        for each in asked:
            sent.setdefault(each.key, []).append(each)
        voided, doubled, foreign, entries = Counter(), 0, 0, 0
        for poll, count in counts.items():
            counted = Counter()
            for _, event, reason in count.entries:
                entries += 1
                if not event['type'].startswith('vote.'):
                    continue
                if reason is not None:
                    voided[reason] += 1
                    continue
                key = key_of(event)
                counted[key] += 1
                if counted[key] == 2:
                    doubled += 1
                    self.violate(f'counted twice: {event}')
                asks = sent.get(key, [])
                if not any(is_of(event, each) for each in asks):
                    foreign += 1
                    self.violate(f'nobody sent what was counted in {poll}: {event}')
                elif not any(each.acknowledged for each in asks):
                    self.violate(f'counted, but refused or unanswered: {asks[0]}')
        self.figures.update(lost=self.figures.get('lost', 0), doubled=doubled, foreign=foreign,
                            entries=entries, voided=dict(voided))

    # The read side, against the recount.

    def tables(self, counts):
        database, polls = Database(self.plan['dsn']), self.plan['polls']
        all_rows, results = database.entries(polls), database.results(polls)
        for poll, count in counts.items():
            if count.settings is None:
                self.violate(f'{poll}: never opened')
                continue
            if poll not in self.plan['open_polls'] and count.ended is None:
                self.violate(f'{poll}: its time is over and nobody closed it')
            rows = all_rows[poll]
            if len(rows) != len(count.entries):
                self.violate(f'{poll}: {len(rows)} rows for {len(count.entries)} entries')
            for seq, (row, entry) in enumerate(zip(rows, count.entries)):
                if row_of(seq, *entry) != row:
                    self.violate(f'{poll}: row {row} is not {row_of(seq, *entry)}')
                    break
            void = sum(reason is not None for _, _, reason in count.entries)
            right = [(len(count.entries) - 1, count.votes(), len(count.standing()),
                      len(count.entries) - void, void)]
            if results[poll] != right:
                self.violate(f'{poll}: result row {results[poll]} is not {right}')

    def results(self, port, last):
        """What a query node serves, when it has all that was acknowledged."""
        told, until = {}, time.monotonic() + READ_WITHIN
        for poll in self.plan['polls']:
            path = f'/v1/polls/{poll}/results?min_seq={last[poll]}'
            while poll not in told:
                try:
                    with urllib.request.urlopen(f'http://127.0.0.1:{port}{path}',
                                                timeout=10) as answer:
                        told[poll] = json.load(answer)
                except (urllib.error.URLError, OSError) as error:
                    if time.monotonic() > until:
                        self.violate(f'port {port} does not come to {poll} {last[poll]}: {error}')
                        break
                    time.sleep(0.1)
        return told

    def served(self, told, port, counts):
        """Void entries may still have come after the answer: they change no vote."""
        for poll, result in told.items():
            votes = [choice['votes'] for choice in result['choices']]
            count = counts[poll]
            if (votes, result['voters']) != (count.votes(), len(count.standing())):
                self.violate(f'port {port} tells {votes} for {poll}, recounted {count.votes()}')

    # How long it took.

    def times(self, asked):
        marks, rate = self.plan['marks'], Rate(asked)
        before = rate.over(marks['steady'], marks['fault'])
        usual = min(before, self.plan['rate'])  # before, some may have been made up for
        recovered = rate.recovered(marks['healed'], marks['end'], 0.9 * usual)
        self.figures.update(
            rate_before=round(before),
            rate_during=round(rate.over(marks['fault'], marks['healed'])),
            longest_stall=round(rate.longest_stall(marks['fault'], marks['end']), 2),
            recovery=None if recovered is None else round(recovered, 1))
        if before < 0.9 * self.plan['rate']:
            self.slow.append(f'only {before:.0f} votes/s before the fault, not {self.plan["rate"]}')
        if recovered is None or recovered > self.plan['recovers_within']:
            self.slow.append(f'not back at 90 % of {usual:.0f}/s within '
                             f'{self.plan["recovers_within"]} s: {recovered}')

    def reads(self):
        """How long a poll's result stood still at the longest, as seen from outside."""
        start, end = self.plan['marks']['fault'], self.plan['marks']['end']
        moved, seen, longest = {}, {}, 0
        with open(self.plan['watched'], encoding='ascii') as file:
            for line in file:
                at, poll, seq = line.split()
                at, seq = float(at), int(seq)
                if seq <= seen.get(poll, -1) or poll not in self.plan['open_polls']:
                    continue
                if start <= at < end:
                    longest = max(longest, at - max(moved.get(poll, start), start))
                seen[poll], moved[poll] = seq, at
        for poll in self.plan['open_polls']:
            longest = max(longest, end - max(moved.get(poll, start), start))
        self.figures['reads_stall'] = round(longest, 2)
        within = self.plan['reads_within']
        if within and longest > within:
            self.slow.append(f'a result stood still for {longest:.1f} s, not {within} s at most')


def key_of(event):
    if event['type'] == 'vote.retracted.v1':
        return event['poll'], f'-{event["replaces"]}'
    return event['poll'], event['vote_id']


def is_of(event, asked):
    """Whether the entry is what the client asked for."""
    if asked.kind == 'retract':
        return event['type'] == 'vote.retracted.v1' and key_of(event) == asked.key
    return (event['type'] == 'vote.cast.v1' and key_of(event) == asked.key
            and event['choices'] == [int(asked.choices)]
            and str(event.get('replaces', '-')) == asked.replaces)


def row_of(seq, at, event, reason):
    """As the row of an entry should be: fields of votes only, null is empty."""
    row = [seq, at, TYPES.index(event['type']), REASONS.index(reason), '', '', '', '']
    if event['type'].startswith('vote.'):
        row[4:6] = [voter_hex(event['voter']), event['vote_id']]
        row[7] = event.get('replaces', '')
        if 'choices' in event:
            row[6] = bytes(event['choices']).hex()
    return [str(cell) for cell in row]


def keep_ledger(plan, path):
    """What was judged, for who looks into a violation."""
    with open(path, 'wb') as file:
        for key, ms, value in ledger_lines(plan['ledger'], plan['since_ms']):
            file.write(f'{key}\t{ms}\t'.encode() + value + b'\n')


def voter_hex(text):
    return urlsafe_b64decode(text + '==').hex()


def main():
    with open(sys.argv[1], encoding='utf-8') as file:
        check = Check(json.load(file))
    check.run()
    if check.count:
        keep_ledger(check.plan, sys.argv[1] + '.ledger')
    print(json.dumps({**check.figures, 'violations': check.count, 'named': check.violations,
                      'slow': check.slow}))
    return 1 if check.count or check.slow else 0


if __name__ == '__main__':
    sys.exit(main())
