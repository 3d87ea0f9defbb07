"""Every row of the error table over a real socket: status, code, and what comes along; `overloaded`
and `internal` in trouble_test.py."""

import json
import socket
import uuid

import pytest

from api_client import Client, owner, raw
from flashpoll import Servers, partition_of
from node import INGEST
from processes import eventually


@pytest.fixture(scope='module')
def deployment(servers):
    with servers.site() as site:
        yield site


@pytest.fixture(scope='module')
def node(deployment):
    return deployment.node(limits__openings_per_minute=0).start()


@pytest.fixture
def client(node):
    client = node.client()
    yield client
    client.close()


def check(answer, status, code):
    assert answer.headers['Content-Type'] == 'application/problem+json'
    problem = answer.json()
    assert (answer.status, problem['code']) == (status, code), problem
    assert problem['status'] == status
    assert problem['type'] == f'/problems/{code}'
    assert problem['title']
    return problem


def bare(node, head, body=b''):
    """The answer to bytes over a bare socket: (status, problem)."""
    text, closed = raw(node.port, head.replace('\n', '\r\n').encode() + b'\r\n\r\n' + body)
    assert closed, text
    top, _, rest = text.partition(b'\r\n\r\n')
    return int(top.split()[1]), json.loads(rest)


def votes(poll):
    return f'/v1/polls/{poll["id"]}/votes'


def test_400(node, client):
    status, problem = bare(node, 'GET / HTTP/1.0\nHost: x')
    assert (status, problem['code']) == (400, 'bad_request')
    check(client.get('/v1/polls/000000000000/results?colour=1'), 400, 'bad_request')
    poll = client.open_poll()
    check(client.post(votes(poll), {'choices': [0]}, Idempotency_Key='17'), 400, 'bad_request')
    check(client.post(votes(poll), {'choices': [0], 'vote_id': str(uuid.uuid4())},
                      Idempotency_Key=uuid.uuid4()), 400, 'bad_request')
    problem = check(client.post('/v1/polls', b'{"question": }', Content_Type='application/json'),
                    400, 'bad_json')
    assert problem['offset'] == 13
    problem = check(client.vote(poll['id'], 0, colour='red'), 400, 'unknown_member')
    assert problem['errors'][0]['pointer'] == '/colour'


def test_401_and_403(client):
    poll = client.open_poll(allow_change=True)
    answer = client.post(f'/v1/polls/{poll["id"]}/close')
    check(answer, 401, 'credential_missing')
    assert answer.headers['WWW-Authenticate'].startswith('Bearer')
    check(client.vote(poll['id'], 0, replaces=1), 401, 'credential_missing')
    check(client.delete(votes(poll) + '/1'), 401, 'credential_missing')
    check(client.get(votes(poll) + '/mine?min_seq=0'), 401, 'credential_missing')
    check(client.vote(poll['id'], 0, token='x' * 64), 403, 'credential_invalid')
    check(client.post(f'/v1/polls/{poll["id"]}/close', Authorization='Bearer nobody'),
          403, 'not_owner')
    check(client.delete(f'/v1/polls/{poll["id"]}', Authorization='Bearer nobody'), 403, 'not_owner')
    check(client.post(f'/p/{poll["id"]}', b'choice=0', Origin='https://elsewhere.example',
                      Content_Type='application/x-www-form-urlencoded'), 403, 'origin_not_allowed')
    hidden = client.open_poll(results='after_close')
    client.results(hidden['id'], '?min_seq=0')
    check(client.get(f'/v1/polls/{hidden["id"]}/windows'), 403, 'withheld')
    check(client.get(f'/v1/polls/{hidden["id"]}/results?seq=0'), 403, 'withheld')


def test_404_and_405(client):
    poll = client.open_poll(allow_change=True)
    for path in ('000000000000', poll['id'].lower(), poll['id'] + '0', 'x'):
        check(client.get(f'/v1/polls/{path}/results'), 404, 'no_such_poll')
        check(client.vote(path, 0), 404, 'no_such_poll')
    client.results(poll['id'], '?min_seq=0')
    check(client.get(f'/v1/polls/{poll["id"]}/entries/99'), 404, 'no_such_entry')
    token = client.vote(poll['id'], 0).expect(201).headers['Voter-Token']
    seq = client.delete(votes(poll) + '/1', Voter_Token=token).expect(200).json()['seq']
    problem = check(client.get(votes(poll) + f'/mine?min_seq={seq}', Voter_Token=token),
                    404, 'no_such_vote')
    assert problem['latest'] == seq
    check(client.get('/v1/nothing'), 404, 'no_such_route')
    answer = client.request('PUT', '/v1/polls')
    check(answer, 405, 'method_not_allowed')
    assert 'POST' in answer.headers['Allow']


def test_sizes_types_and_time(node, client):
    big = b'{"question":"' + b'x' * 300_000 + b'"}'
    check(client.post('/v1/polls', big), 413, 'body_too_large')
    client.close()
    check(client.get('/v1/polls/' + 'x' * 3000), 414, 'target_too_long')
    client.close()
    check(client.get('/', X_Padding='x' * 9000), 431, 'headers_too_large')
    client.close()
    check(client.post('/v1/polls', b'a=1', Content_Type='text/plain'), 415, 'not_json')
    answer = client.get('/v1/ws')
    check(answer, 426, 'upgrade_required')
    assert answer.headers['Upgrade'] == 'websocket'
    with socket.create_connection(('127.0.0.1', node.port), 10) as slow:
        slow.sendall(b'GET / HTTP/1.1\r\nHost: x\r\n')
        assert b'"too_slow"' in slow.recv(65536)


def test_409(client):
    poll = client.open_poll()
    first = client.vote(poll['id'], 0).expect(201)
    token = first.headers['Voter-Token']
    problem = check(client.vote(poll['id'], 1, token=token), 409, 'already_voted')
    assert problem['receipt'] == first.json()
    check(client.vote(poll['id'], 1, token=token, replaces=1), 409, 'change_not_allowed')
    check(client.post(f'/v1/polls/{poll["id"]}/extend', {'closes_at': '2026-01-01T00:00:00Z'},
                      **owner(poll)), 409, 'not_later')
    check(client.post(f'/v1/polls/{poll["id"]}/codes', {'count': 1}, **owner(poll)),
          409, 'wrong_eligibility')
    client.post(f'/v1/polls/{poll["id"]}/close', **owner(poll)).expect(200)
    check(client.vote(poll['id'], 0), 409, 'poll_closed')
    free = client.open_poll(allow_change=True)
    first = client.vote(free['id'], 0).expect(201)
    problem = check(client.vote(free['id'], 1, token=first.headers['Voter-Token'], replaces=0),
                    409, 'stale_replace')
    assert problem['receipt'] == first.json()
    later = client.open_poll(opens_at='2027-01-01T00:00:00Z')
    check(client.vote(later['id'], 0), 409, 'poll_not_open')


def test_410(client):
    poll = client.open_poll()
    client.delete(f'/v1/polls/{poll["id"]}', **owner(poll)).expect(200)
    check(client.vote(poll['id'], 0), 410, 'poll_hidden')
    client.get(f'/v1/polls/{poll["id"]}/results?min_seq=1')
    for path in ('', '/results', '/entries', '/windows', '/export.csv', '/qr.svg', '/stream'):
        check(client.get(f'/v1/polls/{poll["id"]}{path}'), 410, 'poll_hidden')


def test_422(client):
    problem = check(client.post('/v1/polls', {'question': 'Hm', 'choices': ['a', 'a'], 'max': 9}),
                    422, 'invalid')
    assert {e['pointer'] for e in problem['errors']} == {'/question', '/choices/1', '/max'}
    poll = client.open_poll()
    for choices in ([], [0, 1], [2], [0, 0], [10 ** 30]):
        check(client.vote(poll['id'], *choices), 422, 'invalid_choices')
    check(client.vote(poll['id'], 0.5), 422, 'invalid')
    vote_id = str(uuid.uuid4())
    token = client.vote(poll['id'], 0, vote_id=vote_id).expect(201).headers['Voter-Token']
    check(client.vote(poll['id'], 1, vote_id=vote_id, token=token), 422, 'vote_id_reused')
    key = str(uuid.uuid4())
    body = {'question': 'Lunch today?', 'choices': ['a', 'b']}
    first = client.post('/v1/polls', body, Idempotency_Key=key).expect(201).json()
    assert client.post('/v1/polls', body, Idempotency_Key=key).expect(201).json() == first
    check(client.post('/v1/polls', {**body, 'choices': ['a', 'c']}, Idempotency_Key=key),
          422, 'invalid')


def test_trusted_and_codes(client):
    trusted = client.open_poll(eligibility='trusted')
    check(client.vote(trusted['id'], 0), 401, 'credential_missing')
    check(client.post(votes(trusted), {'choices': [0], 'voter': 'ann'},
                      Authorization='Bearer wrong'), 403, 'credential_invalid')
    check(client.post(votes(trusted), {'choices': [0]}, **INGEST), 422, 'invalid')
    client.post(votes(trusted), {'choices': [0], 'voter': 'ann'}, **INGEST).expect(201)
    coded = client.open_poll(eligibility='codes')
    check(client.vote(coded['id'], 0), 401, 'credential_missing')
    check(client.vote(coded['id'], 0, code='0000-0000-0000-0000'), 403, 'credential_invalid')


def test_429(site):
    """Loopback is never limited, so the caller comes through a proxy that is trusted."""
    node = site.node(limits__openings_per_minute=2, limits__failed_credentials_per_minute=2,
                     trusted_proxies=['127.0.0.1']).start()
    outside = Client(node.port, {'X-Forwarded-For': '203.0.113.7'})
    poll = outside.open_poll()
    outside.open_poll()
    answer = outside.post('/v1/polls', {'question': 'Lunch today?', 'choices': ['a', 'b']})
    check(answer, 429, 'too_many_requests')
    assert int(answer.headers['Retry-After']) >= 1
    for _ in range(2):
        check(outside.vote(poll['id'], 0, token='x' * 64), 403, 'credential_invalid')
    check(outside.vote(poll['id'], 0, token='x' * 64), 429, 'too_many_requests')
    Client(node.port).open_poll()


def append(deployment, poll, text):
    deployment.ledger.append(partition_of(poll), poll.encode(), text.encode())


def test_503_of_a_parked_poll(deployment, node, client):
    poll = client.open_poll()['id']
    client.results(poll, '?min_seq=0')
    append(deployment, poll, f'{{"type":"poll.painted.v1","poll":"{poll}"}}')
    eventually(lambda: client.vote(poll, 0).code == 'poll_parked', 10, 'the node has read it')
    check(client.vote(poll, 0), 503, 'poll_parked')
    eventually(lambda: client.results(poll)['status'] == 'parked', 10, 'the tables say so')
    assert 'parked' in node.admin('/readyz?verbose')[1]
    assert client.open_poll()['seq'] == 0


def test_503_of_another_secret(deployment, client):
    poll = client.open_poll()['id']
    client.results(poll, '?min_seq=0')
    opening = client.get(f'/v1/polls/{poll}/entries/0').json()['entry'].split(' ', 1)[1]
    foreign = '7' * 12
    event = {**json.loads(opening), 'poll': foreign, 'key': 'AAAAAAAAAAA'}
    append(deployment, foreign, json.dumps(event, separators=(',', ':')))
    client.results(foreign, '?min_seq=0')
    check(client.vote(foreign, 0), 503, 'wrong_secret')


def test_503_behind(client):
    poll = client.open_poll()
    answer = client.get(f'/v1/polls/{poll["id"]}/results?min_seq=1000')
    check(answer, 503, 'behind')
    assert int(answer.headers['Retry-After']) >= 1


def test_503_when_the_ledger_is_away():
    with Servers() as servers, servers.site() as site:
        node = site.node().start()
        client = node.client()
        poll = client.open_poll()
        servers.of_ledger.kill9()
        answer = client.vote(poll['id'], 0)
        assert answer.status == 503
        assert answer.code in ('outcome_unknown', 'not_ready')
        assert int(answer.headers['Retry-After']) >= 1
        servers.of_ledger.start()
        eventually(lambda: client.vote(poll['id'], 0).status == 201, 30, 'votes are taken again')
