"""Roles apart: what a process of one role answers, needs and says about itself."""

import socket

import pytest

from audit import audited
from flashpoll import Client, Servers, eventually, owner


@pytest.fixture
def apart(site):
    """Two processes of each role, by role."""
    return {role: [site.node(role).start() for _ in range(2)]
            for role in ('command', 'projector', 'query')}


def checks(node):
    """Names of what /readyz?verbose reports."""
    _, text = node.admin('/readyz?verbose')
    return {line.split()[1].rstrip(':') for line in text.splitlines()[:-1]}


def test_any_command_node_any_query_node(apart):
    commands, queries = ([node.client() for node in apart[role]] for role in ('command', 'query'))
    poll = commands[0].open_poll('Pizza', 'Sushi')
    for number in range(40):
        receipt = commands[number % 2].vote(poll['id'], number % 2).expect(201).json()
        shown = queries[number // 2 % 2].results(poll['id'], f'?min_seq={receipt["seq"]}')
        assert shown['voters'] == number + 1
    closed = commands[1].post(f'/v1/polls/{poll["id"]}/close', **owner(poll)).expect(200).json()
    for client in queries:
        assert audited(client, poll['id'], closed['seq']).votes() == [20, 20]


def test_routes_of_other_roles_are_unknown(apart):
    command, query = apart['command'][0].client(), apart['query'][0].client()
    poll = command.open_poll()
    path = f'/v1/polls/{poll["id"]}'
    for read in ('/', poll['url'], f'{path}/results', f'{path}/stream', '/v1/ws'):
        refused = command.get(read)
        expected = (405, 'method_not_allowed') if read == poll['url'] else (404, 'no_such_route')
        assert (refused.status, refused.code) == expected, read
    for write in ('/v1/polls', f'{path}/votes', f'{path}/close'):
        refused = query.post(write, {})
        assert (refused.status, refused.code) == (404, 'no_such_route'), write
    refused = query.delete(path)
    assert (refused.status, refused.headers['Allow']) == (405, 'GET, HEAD, OPTIONS')


def test_a_projector_opens_no_public_port(apart):
    node = apart['projector'][0]
    with socket.socket() as probe:
        assert probe.connect_ex(('127.0.0.1', node.port)) != 0
    assert '"port":"none"' in node.log_text()
    assert 'flashpoll_' in ' '.join(node.metrics())


def test_each_role_speaks_of_itself(apart):
    caution = checks(apart['command'][0]) - {'desk'}
    assert caution <= {'ledger'}  # one broker without replicas
    assert checks(apart['query'][0]) == {'query'}
    assert checks(apart['projector'][0]) == {'projector'} | caution


def test_a_query_node_needs_no_ledger(postgres, site):
    nowhere = {'kafka."bootstrap.servers"': '127.0.0.1:9'} if site.ledger.settings else {}
    client = site.node('query', **nowhere).start().client()
    assert postgres.sql("select to_regclass('ledger.heads') is null", site.dsn) == [['t']]
    assert client.get('/v1/polls/7Q2M9X4KTB3D/results').code == 'no_such_poll'
    site.node('projector').start()
    poll = site.node('command').start().client().open_poll()['id']
    assert client.results(poll, '?min_seq=0')['voters'] == 0


def test_the_other_projector_goes_on(apart):
    command, query = apart['command'][0].client(), apart['query'][0].client()
    poll = command.open_poll()['id']
    for projector in apart['projector']:
        projector.kill9()
        seq = command.vote(poll, 0).expect(201).json()['seq']
        if projector is apart['projector'][0]:
            eventually(lambda: query.get(f'/v1/polls/{poll}/results?min_seq={seq}').status == 200,
                       10, 'the other one has taken over')
    assert query.get(f'/v1/polls/{poll}/results?min_seq={seq}').code == 'behind'
    assert query.results(poll)['voters'] == 1
    apart['projector'][0].start()
    assert query.results(poll, f'?min_seq={seq}')['voters'] == 2


def test_a_query_node_is_not_ready_while_the_database_is_away():
    with Servers() as servers, servers.site() as site:
        node = site.node('query').start()
        servers.postgres.stop()
        eventually(lambda: not node.is_ready(), 10, 'it is not ready')
        assert 'FAIL query: the database does not answer' in node.admin('/readyz?verbose')[1]
        assert node.admin('/livez')[0] == 200
        servers.postgres.start()
        node.wait_ready(10)
        assert Client(node.port).get('/').status == 200
