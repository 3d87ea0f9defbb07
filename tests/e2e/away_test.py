"""The ledger is in Kafka, PostgreSQL is away: deciding and appending go on, reads do not."""

import uuid

import pytest

from audit import audited
from flashpoll import Servers, eventually, owner

UNREACHABLE = 3


@pytest.fixture
def servers():
    """Of this test alone, which breaks them."""
    with Servers() as started:
        yield started


@pytest.mark.parametrize('roles', ['apart', 'all'])
def test_commands_go_on_without_postgresql(servers, roles):
    with servers.site() as site:
        names = ['all'] if roles == 'all' else ['command', 'command', 'projector', 'query']
        nodes = [site.node(name).start() for name in names]
        commands, query = [node.client() for node in nodes[:2]], nodes[-1].client()
        command, other = commands[0], commands[-1]
        before = command.open_poll('Pizza', 'Sushi', allow_change=True)
        first = command.vote(before['id'], 0).expect(201)
        assert query.results(before['id'], '?min_seq=1')['voters'] == 1

        servers.postgres.kill9()
        for number in range(200):
            commands[number % len(commands)].vote(before['id'], number % 2).expect(201)
        again = {'vote_id': str(uuid.uuid4()), 'token': first.headers['Voter-Token'], 'replaces': 1}
        changed = command.vote(before['id'], 1, **again).expect(201).json()
        assert other.vote(before['id'], 1, **again).expect(200).json() == changed

        new = other.open_poll('Tea', 'Coffee')
        for _ in range(50):
            command.vote(new['id'], 1).expect(201)
        path = f'/v1/polls/{new["id"]}/close'
        closed = other.post(path, **owner(new)).expect(200).json()
        assert command.vote(new['id'], 0).code == 'poll_closed'

        if roles == 'apart':
            assert [node.is_ready() for node in nodes] == [True, True, True, False]
            assert 'warn projector:' in nodes[2].admin('/readyz?verbose')[1]
        refused = query.get(f'/v1/polls/{before["id"]}/results')
        assert refused.status == 503 and refused.headers['Retry-After']
        late = site.node('command').start(ready=False)
        assert late.child.wait(60) == UNREACHABLE, late.log_text()

        servers.postgres.start()
        for poll, seq, votes in [(before['id'], changed['seq'], [100, 101]),
                                 (new['id'], closed['seq'], [0, 50])]:
            eventually(lambda poll=poll, seq=seq: query.get(
                f'/v1/polls/{poll}/results?min_seq={seq}').status == 200, 30, 'it has caught up')
            assert audited(query, poll, seq).votes() == votes
        for node in nodes:
            node.wait_ready(30)
        late.start()
        seq = late.client().vote(before['id'], 0).expect(201).json()['seq']
        assert query.results(before['id'], f'?min_seq={seq}')['voters'] == 202
