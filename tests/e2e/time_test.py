"""Time is the ledger's: openings, closings and extensions at the very moment, on clocks that are
wrong, with closers that die."""

import threading
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timezone

from audit import audited, export
from flashpoll import Lost, eventually, owner

BOUNDARIES = 4
FINAL_WITHIN_S = 2    # after closes_at
AROUND_S = 0.05       # votes are sent from this long before the moment until this long after it
TAKE_OVER_S = 8       # a dead node's partitions of the read tables: its lease, and some for a crowd


def seconds(text):
    return datetime.fromisoformat(text.replace('Z', '+00:00')).timestamp()


def text_of(moment):
    time_ = datetime.fromtimestamp(moment, timezone.utc)
    return time_.isoformat(timespec='milliseconds').replace('+00:00', 'Z')


def sleep_until(moment):
    left = moment - time.time()
    assert left > -1, f'{-left:.3f} s too late for what was to be done'
    time.sleep(max(0, left))


def shortest(client, **members):
    """The shortest poll there is, and when it closes."""
    poll = client.open_poll('Pizza', 'Sushi', closes_in=10, **members)
    return poll, seconds(poll['closes_at'])


def parts(entry):
    """When, by the ledger, and the event's canonical bytes."""
    at, event = entry['entry'].split(' ', 1)
    return int(at), event


def is_final(client, poll):
    return client.results(poll['id'])['final']


def closing_of(client, poll):
    """Seconds from `closes_at` to the closing entry's time in the ledger."""
    ended = audited(client, poll['id'])
    at, event, _ = ended.entries[ended.ended]
    assert event['type'] == 'poll.closed.v1' and event['by'] == 'deadline'
    return at / 1000 - ended.closes_at / 1000


def test_polls_expire_with_nobody_looking(site, servers):
    """One node stands by its polls; the node of the other ledger is away when they expire."""
    with servers.site() as away_site:
        here, away = site.node().start(), away_site.node().start()
        client = here.client()
        looked_at = [shortest(client) for _ in range(5)]
        missed, missed_at = shortest(away.client())
        away.client().vote(missed['id'], 0).expect(201)
        away.kill9()

        last = max(moment for _, moment in looked_at)
        sleep_until(last + FINAL_WITHIN_S)
        assert all(is_final(client, poll) for poll, _ in looked_at)
        for poll, _ in looked_at:
            assert 0 <= closing_of(client, poll) < FINAL_WITHIN_S

        away.start()
        assert time.time() > missed_at
        client = away.client()
        began = time.monotonic()
        eventually(lambda: is_final(client, missed), FINAL_WITHIN_S, 'final after a restart')
        print(f'final {time.monotonic() - began:.2f} s after the start')
        assert closing_of(client, missed) > 0
        assert client.results(missed['id'])['choices'][0]['votes'] == 1


class Senders:
    """First ballots around a moment, from both nodes, without pause. What each was told."""

    def __init__(self, nodes, poll, moment, each=2):
        self.poll, self.moment = poll, moment
        self.told = {}  # vote_id: (status, code)
        self.threads = [threading.Thread(target=self.run, args=(node,))
                        for node in nodes for _ in range(each)]
        for thread in self.threads:
            thread.start()

    def run(self, node):
        client = node.client()
        client.get('/').expect(200)
        sleep_until(self.moment - AROUND_S)
        while time.time() < self.moment + AROUND_S:
            vote_id = str(uuid.uuid4())
            try:
                answer = client.vote(self.poll['id'], 0, vote_id=vote_id)
                self.told[vote_id] = (answer.status, answer.code)
            except Lost:
                self.told[vote_id] = (0, None)
                return

    def done(self):
        for thread in self.threads:
            thread.join(30)
            assert not thread.is_alive()
        return self.told


def ledger_times(site, poll):
    """What the ledger itself says: per poll never backwards, in the order of the records."""
    at, times = 0, {}
    for record in site.ledger.records():
        if record.key.decode() == poll['id']:
            at = max(at, record.ms)
            times.setdefault(record.value.decode(), at)
    return times


def check_boundary(site, client, sender, opens_at=0):
    """Counted is exactly what the ledger's times say, and everybody was told so."""
    poll, told = sender.poll, sender.told
    closes_at = round(seconds(poll['closes_at']) * 1000)
    times = ledger_times(site, poll)
    verdicts = {}
    for entry in export(client, poll['id']):
        at, event = parts(entry)
        assert times[event] == at
        if entry['type'] != 'vote.cast.v1':
            continue
        reason = ('poll_closed' if at >= closes_at else 'poll_not_open' if at < opens_at else None)
        assert entry['reason'] == reason, entry
        verdicts[entry['vote_id']] = (409, reason) if reason else (201, None)
    # What was lost with its node may have been appended, or not.
    late = {vote_id: answer for vote_id, answer in told.items()
            if vote_id not in verdicts and answer[0]}
    assert set(late.values()) <= {(409, 'poll_closed')}  # refused before the ledger
    assert {v: a for v, a in told.items() if v not in late and a[0]} == {
        v: a for v, a in verdicts.items() if v in told and told[v][0]}
    assert set(verdicts) <= set(told)
    return [answer for answer in verdicts.values()]


def test_votes_at_the_closing_and_opening_moment(site):
    right, wrong = site.node().start(), site.node(clock_offset_ms=10_000).start()
    client = right.client()
    polls = []
    for _ in range(BOUNDARIES):
        polls.append(shortest(client))
        time.sleep(0.3)
    opens_at = time.time() + 1.5
    scheduled = client.open_poll(opens_at=text_of(opens_at), closes_in=10)
    opening = Senders([right, wrong], scheduled, seconds(scheduled['opens_at']))
    opening.done()
    closings = [Senders([right, wrong], *each) for each in polls]
    for sender in closings:
        sender.done()
    sleep_until(polls[-1][1] + FINAL_WITHIN_S)
    verdicts = []
    for (poll, _), sender in zip(polls, closings):
        assert is_final(client, poll)
        verdicts += check_boundary(site, client, sender)
        reasons = [reason for _, _, reason in audited(wrong.client(), poll['id']).entries]
        assert reasons.count('too_early') < 10  # of the clock that is ahead
    print(f'{verdicts.count((201, None))} counted, {verdicts.count((409, "poll_closed"))} late')
    assert set(verdicts) == {(201, None), (409, 'poll_closed')}
    opened = check_boundary(site, client, opening,
                            round(seconds(scheduled['opens_at']) * 1000))
    assert set(opened) == {(201, None), (409, 'poll_not_open')}


def test_extended_on_one_node_votes_are_taken_on_the_other(site):
    one, other = site.node().start(), site.node(clock_offset_ms=10_000).start()
    polls = []
    for _ in range(BOUNDARIES):
        polls.append(shortest(one.client()))
        time.sleep(0.3)
    for poll, moment in polls:
        senders = Senders([other], poll, moment)
        sleep_until(moment - 2 * AROUND_S)
        path = f'/v1/polls/{poll["id"]}/extend'
        longer = one.client().post(path, {'by': 3}, **owner(poll)).expect(200).json()
        assert seconds(longer['closes_at']) == moment + 3
        told = senders.done()
        assert set(told.values()) == {(201, None)}
        poll['voters'] = len(told)
    client = one.client()
    sleep_until(polls[-1][1] + 3 + FINAL_WITHIN_S)
    for poll, _ in polls:
        assert is_final(client, poll)
        assert audited(client, poll['id']).votes() == [poll['voters'], 0]


def test_killing_the_closer_only_delays_the_final_flag(site):
    """Both nodes would announce, each earlier for some polls; one dies at the moment itself."""
    dies, lives = site.node().start(), site.node().start()
    client = lives.client()
    with ThreadPoolExecutor(4) as pool:
        opened = list(pool.map(lambda _: shortest(lives.client()), range(16)))
    watched = Senders([dies, lives], *opened[0])
    sleep_until(min(moment for _, moment in opened))
    dies.kill9()
    watched.done()
    for poll, moment in opened:
        left = moment + FINAL_WITHIN_S + TAKE_OVER_S - time.time()
        eventually(lambda: is_final(client, poll), left, 'the other node announces it')
        assert 0 <= closing_of(client, poll) < FINAL_WITHIN_S
    assert check_boundary(site, client, watched).count((201, None)) > 0
