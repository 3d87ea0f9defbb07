"""What a service in trouble answers: 503 `overloaded` at its bounds, 500 `internal` when something
happens that nobody thought of. PostgreSQL, and with it the ledger, is frozen by SIGSTOP."""

import json
import time
import uuid
from collections import defaultdict

import pytest

from api_client import raw
from crowd import Crowd, request
from processes import eventually

READS = 1_200     # the pool of reads takes 1 000 that wait
OPENINGS = 5_000  # of 16 KB each; the appender takes 64 MiB
CAUSE = ('postgresql', 'column', 'replaces')


@pytest.fixture
def node(site):
    return site.node(limits__openings_per_minute=0).start()


def check(answer, status, code):
    assert answer.headers['Content-Type'] == 'application/problem+json'
    problem = answer.json()
    assert (answer.status, problem['code'], problem['status']) == (status, code, status), problem
    return problem


def of_code(answers, code):
    return {number for number, answer in answers.items() if answer.code == code}


def overloaded(answers):
    refused = of_code(answers, 'overloaded')
    assert refused
    for number in refused:
        check(answers[number], 503, 'overloaded')
        assert int(answers[number].headers['Retry-After']) >= 1
    return refused


def refused_some(answers):
    return any(answer.code == 'overloaded' for answer in answers.values())


def test_reads_beyond_the_bound_are_refused(node, postgres):
    client = node.client()
    poll = client.open_poll()['id']
    client.vote(poll, 1).expect(201)
    client.results(poll, '?min_seq=1')
    path = f'/v1/polls/{poll}/entries'  # each a read of its own, unlike the latest result
    with Crowd(node.port, [request('GET', path)] * READS) as crowd:
        with postgres.frozen():
            crowd.ask()
            crowd.answers(30, refused_some)
        answers = crowd.answers(60)
    refused = overloaded(answers)
    assert len(refused) <= READS - 1_000
    assert {a.status for n, a in answers.items() if n not in refused} == {200}
    bodies = {a.body for n, a in answers.items() if n not in refused}
    assert bodies == {client.get(path).expect(200).body}


def opening(number):
    """Control characters cost six bytes each as JSON."""
    filler = '\x01' * 116
    body = {'question': f'Number {number} {filler}{filler[:100]}',
            'choices': [f'{filler}{choice}' for choice in range(20)]}
    return request('POST', '/v1/polls', body, Idempotency_Key=uuid.uuid4())


def open_all(port, requests):
    """A hundred at a time, and again while a busy machine refuses."""
    until = time.monotonic() + 120
    while requests:
        assert time.monotonic() < until, f'{len(requests)} are refused'
        with Crowd(port, requests[:100]) as crowd:
            crowd.ask()
            answers = crowd.answers(60)
        assert {answer.status for answer in answers.values()} <= {201, 503}
        requests = requests[100:] + [requests[n] for n, a in answers.items() if a.status == 503]


def polls_in_the_ledger(site):
    """Ids of polls by the numbers of the openings, as the ledger itself says."""
    done = site.run('ledger', 'tail', '--last', 1_000_000, '-o', 'json')
    assert done.returncode == 0, done.stderr
    events = [json.loads(json.loads(line)['value']) for line in done.stdout.splitlines()]
    polls = defaultdict(set)
    for event in events:
        if event['type'] == 'poll.opened.v1':
            polls[int(event['question'].split()[1])].add(event['poll'])
    return polls


def test_openings_beyond_the_ledgers_bound_are_refused_and_nothing_is_lost(node, site, postgres):
    requests = [opening(number) for number in range(OPENINGS)]
    with Crowd(node.port, requests) as crowd:
        with postgres.frozen():
            crowd.ask()
            crowd.answers(60, refused_some)
        answers = crowd.answers(60)
    refused = overloaded(answers)
    opened = {number for number, answer in answers.items() if answer.status == 201}
    unknown = of_code(answers, 'outcome_unknown')
    refused |= of_code(answers, 'not_ready')  # taken, but too late for an append on a busy machine
    assert len(refused) + len(opened) + len(unknown) == OPENINGS
    stand = polls_in_the_ledger(site).keys()
    assert opened <= stand and not refused & stand
    # Who was refused, or does not know, asks again, and has his poll exactly once.
    open_all(node.port, [requests[number] for number in refused | unknown])
    polls = polls_in_the_ledger(site)
    assert polls.keys() == set(range(OPENINGS)) and all(len(ids) == 1 for ids in polls.values())
    eventually(lambda: node.metrics()['flashpoll_projector_lag_records'] == 0, 60, 'all is written')
    assert postgres.sql('select count(*) from read_1.polls', site.dsn) == [[str(OPENINGS)]]
    done = site.run('verify')
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_fault_that_nobody_thought_of_is_told_to_the_log_alone(node, site, postgres):
    client = node.client()
    poll = client.open_poll()['id']
    path = f'/v1/polls/{poll}'
    client.results(poll, '?min_seq=0')
    whole = client.entries(poll)
    postgres.sql('alter table read_1.poll_events rename column replaces to elsewhere', site.dsn)
    for place in ('/entries', '/entries/0'):
        answer = client.get(path + place)
        problem = check(answer, 500, 'internal')
        assert problem.keys() <= {'type', 'title', 'status', 'code', 'detail', 'instance'}
        told = (str(answer.headers) + answer.body.decode()).lower()
        assert not [word for word in CAUSE if word in told], told
    # What has begun as a success is cut off, so that nobody takes it for whole.
    text, closed = raw(node.port, request('GET', path + '/export.csv'))
    assert closed and text.startswith(b'HTTP/1.1 200 ') and not text.endswith(b'\r\n0\r\n\r\n')
    assert b'postgresql' not in text.lower()
    log = [json.loads(line) for line in node.log_text().splitlines()]
    told = [line for line in log if all(word in str(line).lower() for word in CAUSE)]
    assert len(told) >= 3, log
    client.results(poll)  # other reads go on
    postgres.sql('alter table read_1.poll_events rename column elsewhere to replaces', site.dsn)
    assert client.entries(poll) == whole
