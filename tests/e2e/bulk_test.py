"""Bulk ingestion over the wire: each line is judged as a single vote would be, in its place, and
none is lost or doubled, whatever ends the stream."""

import json
import threading

import pytest

from audit import audited, export
from flashpoll import INGEST, eventually, owner
from ingestion import Ingestion, ingest, line


def trusted(client, **members):
    return client.open_poll('A', 'B', 'C', eligibility='trusted', **members)['id']


def results(client, poll, seq):
    shown = client.results(poll, f'?min_seq={seq}')
    return [choice['votes'] for choice in shown['choices']]


def test_any_mix_is_answered_in_its_order(node, client):
    one, other = trusted(client), trusted(client, allow_change=True)
    first = line(one, 'ann', 0)
    answers, _ = ingest(node.port, first, line(other, 'ann', 2))
    assert answers == [{'line': 1, 'seq': 1}, {'line': 2, 'seq': 1}]
    answers, summary = ingest(
        node.port, line(one, 'bob', 1), first, line(one, 'ann', 1),
        line(other, 'ann', 1, replaces=1), line(other, 'bob', 0), line(one, 'eve', 1))
    assert answers == [
        {'line': 1, 'seq': 2}, {'line': 2, 'repeat': 1},
        {'line': 3, 'code': 'already_voted', 'seq': 1}, {'line': 4, 'seq': 2},
        {'line': 5, 'seq': 3}, {'line': 6, 'seq': 3}]
    assert summary == {'lines': 6, 'counted': 4, 'repeats': 1, 'refused': 1}
    answers, _ = ingest(node.port, line(other, 'ann', 0, replaces=1))
    assert answers == [{'line': 1, 'code': 'stale_replace', 'seq': 2}]
    assert results(client, one, 3) == [1, 2, 0]
    assert results(client, other, 3) == [1, 1, 0]
    audited(client, one, 3), audited(client, other, 3)


def test_the_same_ballot_twice_at_once_counts_once(node, client):
    poll = trusted(client)
    same, second = line(poll, 'ann', 0), line(poll, 'ann', 1)
    answers, summary = ingest(node.port, *[same, second] * 50)
    assert answers[0] == {'line': 1, 'seq': 1}
    assert all(answer.get('repeat') == 1 for answer in answers[2::2])
    assert all(answer.get('code') == 'already_voted' for answer in answers[1::2])
    assert (summary['counted'], summary['repeats'], summary['refused']) == (1, 49, 50)
    assert results(client, poll, 1) == [1, 0, 0]


def test_each_line_gets_the_code_of_a_single_vote(node, client):
    """And so does the single vote, asked for the same."""
    open_poll = client.open_poll('A', 'B')['id']
    codes = client.open_poll('A', 'B', eligibility='codes')['id']
    closed = client.open_poll('A', 'B', eligibility='trusted')
    client.post(f'/v1/polls/{closed["id"]}/close', **owner(closed)).expect(200)
    poll = trusted(client)
    cases = [
        (poll, {'choices': [3]}, 'invalid_choices'), (poll, {'choices': []}, 'invalid_choices'),
        (poll, {'choices': [99999999999999999999]}, 'invalid_choices'),
        (poll, {'choices': [-1]}, 'invalid'), (poll, {'choices': None}, 'invalid'),
        (poll, {'voter': None}, 'invalid'), (poll, {'voter': ''}, 'invalid'),
        (poll, {'voter': 'x' * 257}, 'invalid'), (poll, {'vote_id': '7'}, 'invalid'),
        (poll, {'replaces': 5}, 'change_not_allowed'), (poll, {'colour': 1}, 'unknown_member'),
        ('7Q2M9X4KTB3D', {}, 'no_such_poll'), (poll.lower(), {}, 'no_such_poll'),
        (closed['id'], {}, 'poll_closed'), (codes, {}, 'credential_missing')]
    lines = [line(target, members.pop('voter', f'voter {n}'), **members)
             for n, (target, members, _) in enumerate(cases)]
    answers, summary = ingest(node.port, *lines, line(poll, 'last'))
    assert [answer.get('code') for answer in answers] == [*(code for *_, code in cases), None]
    assert summary['refused'] == len(cases)
    for text, (target, _, code) in zip(lines, cases):
        body = json.loads(text)
        del body['poll']
        single = client.post(f'/v1/polls/{target}/votes', json.dumps(body).encode(),
                             Content_Type='application/json', **INGEST)
        assert single.code == code, text
    # Voters of an open poll are devices: a trusted caller cannot speak for one.
    assert ingest(node.port, line(open_poll, 'ann'))[0][0]['code'] == 'credential_missing'


def test_what_is_no_ballot_is_refused_and_the_stream_goes_on(node, client):
    poll = trusted(client)
    good = [line(poll, f'v{n}', n % 3) for n in range(3)]
    body = b'\n'.join([
        good[0].encode() + b'\r', b'', b'\r', b'[1', b'\xff\xfe', b'[]', b'"' + b'x' * 70_000,
        good[1].encode(), b'{"poll":1}', b'{' * 100, good[2].encode()])  # without an end
    with Ingestion(node.port) as bulk:
        for at in range(0, len(body), 7):  # cut anywhere
            bulk.send_bytes(body[at:at + 7])
        bulk.finish()
        *answers, summary = bulk.rest()
    told = [answer.get('code', 'counted') for answer in answers]
    assert told == ['counted', 'bad_json', 'bad_json', 'bad_json', 'bad_json', 'invalid',
                    'body_too_large', 'counted', 'invalid', 'bad_json', 'counted']
    assert [answer['line'] for answer in answers] == list(range(1, 12))
    assert summary == {'lines': 11, 'counted': 3, 'repeats': 0, 'refused': 8}


def test_answers_come_while_lines_are_still_to_come(node, client):
    poll = trusted(client)
    with Ingestion(node.port) as bulk:
        for n in range(1, 4):
            bulk.send(line(poll, f'v{n}'))
            assert bulk.answers(n)[-1] == {'line': n, 'seq': n}
        bulk.finish()
        assert bulk.rest()[-1]['counted'] == 3


def test_an_empty_body_is_no_line(node):
    assert ingest(node.port) == ([], {'lines': 0, 'counted': 0, 'repeats': 0, 'refused': 0})


def test_only_who_may_ingest_does(node, client):
    ask = {'Content_Type': 'application/x-ndjson'}
    assert client.post('/v1/votes', b'', **ask).code == 'credential_missing'
    wrong = client.post('/v1/votes', b'', Authorization='Bearer wrong', **ask)
    assert (wrong.status, wrong.code) == (403, 'credential_invalid')
    assert client.post('/v1/votes', b'x', Content_Type='text/plain', **INGEST).code == 'not_json'
    assert client.post('/v1/votes?a=1', b'', **ask, **INGEST).code == 'bad_request'


def test_malformed_framing_ends_it_without_a_sum(node, client):
    poll = trusted(client)
    with Ingestion(node.port) as bulk:
        bulk.send(line(poll, 'ann'))
        assert bulk.answers(1) == [{'line': 1, 'seq': 1}]
        bulk.socket.sendall(b'no size\r\n')
        assert bulk.rest() == [{'line': 1, 'seq': 1}]
        assert not bulk.is_whole


def test_who_does_not_read_is_held_back_then_dropped(node, client):
    """Others vote meanwhile, and the node's memory stays what it was."""
    poll = trusted(client)
    ingest(node.port, *(line(poll, f'warm {n}') for n in range(20_000)))
    before, sent = resident_kb(node), 0
    with Ingestion(node.port, receive_bytes=4096) as bulk:
        piece = ''.join(line(poll, f'never read {n}') + '\n' for n in range(500)).encode()
        bulk.socket.settimeout(2)
        with pytest.raises(TimeoutError):
            while sent < 200_000_000:
                bulk.send_bytes(piece)
                sent += len(piece)
        single = {'choices': [0], 'voter': 'in between'}
        client.post(f'/v1/polls/{poll}/votes', single, **INGEST).expect(201)
        assert resident_kb(node) - before < 64 * 1024
        bulk.socket.settimeout(30)
        with pytest.raises(ConnectionError):  # he has had his 10 s
            while True:
                bulk.socket.sendall(piece)


def resident_kb(node):
    with open(f'/proc/{node.child.pid}/status') as status:
        return next(int(row.split()[1]) for row in status if row.startswith('VmRSS'))


def test_many_at_once_share_the_desk(node, client):
    """Several streams, together more lines than the desk has places for."""
    poll, streams, each = trusted(client), 6, 12_000
    sums = []

    def run(stream):
        lines = [line(poll, f'{stream} {n}') for n in range(each)]
        sums.append(ingest(node.port, *lines, timeout=120)[1])

    threads = [threading.Thread(target=run, args=(stream,)) for stream in range(streams)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sums == [{'lines': each, 'counted': each, 'repeats': 0, 'refused': 0}] * streams
    assert sum(results(client, poll, streams * each)) == streams * each


class Feeder:
    """Sends numbered lines at a steady pace, again and again from the first that has no answer,
    until each has one; keeps every answer that came."""

    PIECE, PAUSE_S = 200, 0.02

    def __init__(self, node, poll, count):
        self.node = node
        self.lines = [line(poll, f'voter {n}', n % 3) for n in range(count)]
        self.told = []  # one answer for each line, in order
        self.streams = 0
        self.position = 0  # of the line that is sent next
        self.limit = count  # nothing is sent from here on
        self.pace = threading.Event()

    def run(self):
        while len(self.told) < len(self.lines):
            try:
                self.stream()
            except (OSError, AssertionError):
                eventually(self.node.is_ready, 60, 'the node is back')

    def stream(self):
        begin = len(self.told)
        with Ingestion(self.node.port, timeout=20) as bulk:
            self.streams += 1
            sender = threading.Thread(target=self.send, args=(bulk, begin))
            sender.start()
            try:
                answers = [answer for answer in bulk.rest() if 'line' in answer]
            finally:
                bulk.socket.close()
                sender.join()
            assert [answer['line'] for answer in answers] == list(range(1, len(answers) + 1))
            for answer in answers:
                # A line that was not judged now has no answer yet, and none after it.
                if answer.get('code') in ('outcome_unknown', 'not_ready'):
                    break
                self.told.append(answer)

    def send(self, bulk, begin):
        try:
            for at in range(begin, len(self.lines), self.PIECE):
                while at >= self.limit:
                    self.pace.wait(self.PAUSE_S)
                bulk.send(*self.lines[at:at + self.PIECE])
                self.position = at + self.PIECE
                self.pace.wait(self.PAUSE_S)
            bulk.finish()
        except OSError:
            pass  # told by the reader


def every_acknowledged_line_counts_once(site, node, poll, feeder):
    client = node.client()
    entries = export(client, poll, len(feeder.lines))
    by_seq = {entry['seq']: json.loads(entry['entry'].split(' ', 1)[1]) for entry in entries}
    for text, answer in zip(feeder.lines, feeder.told, strict=True):
        seq = answer.get('seq', answer.get('repeat'))
        assert 'code' not in answer, answer
        assert by_seq[seq]['vote_id'] == json.loads(text)['vote_id']
    shown = client.results(poll)
    assert shown['voters'] == len(feeder.lines)
    audited(client, poll, entries[-1]['seq'])
    client.close()
    done = site.run('verify')
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize('how', ['kill9', 'stop'])
def test_a_node_that_goes_in_the_middle_loses_and_doubles_nothing(site, how):
    node = site.node().start()
    client = node.client()
    poll = trusted(client)
    client.close()
    feeder = Feeder(node, poll, 40_000)
    thread = threading.Thread(target=feeder.run)
    thread.start()
    try:
        for part in (1, 2):
            # However late this thread is, there are lines left to be broken off by each end.
            feeder.limit = part * 12_000 + 6_000
            eventually(lambda: feeder.position > part * 12_000, 60, 'lines are sent')
            getattr(node, how)()
            node.start()
    finally:
        feeder.limit = len(feeder.lines)
        thread.join(timeout=120)
    assert not thread.is_alive()
    assert feeder.streams > 2  # each of both ends broke one
    every_acknowledged_line_counts_once(site, node, poll, feeder)
