"""The command line as a person uses it, against a running service."""

import json
import signal
import subprocess

import pytest

from flashpoll import INGEST_TOKEN, binary, eventually, free_port

VOTED, USAGE, UNREACHABLE, DIFFERS, REFUSED = 1, 2, 3, 4, 5


@pytest.fixture(scope='module')
def site(servers):
    with servers.site() as made:
        made.node().start()
        yield made


class User:
    """Somebody at a terminal, with a state directory of his own."""

    def __init__(self, site, name, url=None):
        self.site = site
        self.state = site.directory / f'state-{name}'
        self.url = url or site.nodes[0].url

    def run(self, *arguments, code=0, **environment):
        done = self.site.run(*arguments, FLASHPOLL_URL=self.url,
                             XDG_STATE_HOME=str(self.state), **environment)
        assert done.returncode == code, (done.returncode, done.stdout, done.stderr)
        return done

    def json(self, *arguments, **more):
        end = arguments.index('--') if '--' in arguments else len(arguments)
        flags = (*arguments[:end], '-o', 'json')
        return json.loads(self.run(*flags, *arguments[end:], **more).stdout)

    def open(self, *arguments):
        opened = self.json('poll', 'open', 'Lunch today?', 'Pizza', 'Sushi', *arguments)
        return opened['id'], {'FLASHPOLL_TOKEN': opened['manage_token']}

    def votes(self, poll):
        return [choice['votes'] for choice in self.json('poll', 'show', poll)['results']['choices']]


def bits(poll):
    """The poll's key in SQL."""
    value = 0
    for character in poll:
        value = value * 32 + '0123456789ABCDEFGHJKMNPQRSTVWXYZ'.index(character)
    return value


@pytest.fixture
def ann(site, request):
    return User(site, f'ann-{request.node.name}')


@pytest.fixture
def bob(site, request):
    return User(site, f'bob-{request.node.name}')


def test_a_second_vote_of_the_same_user_is_already_voted(ann, bob):
    poll, _ = ann.open()
    assert ann.json('vote', poll, '1')['choices'] == [0]
    refused = ann.run('vote', poll, 'Sushi', code=VOTED)
    assert '(already_voted)' in refused.stderr and refused.stdout == ''
    assert ann.json('vote', poll, 'Sushi', code=VOTED)['code'] == 'already_voted'
    bob.run('vote', poll, 'Sushi')
    assert ann.votes(poll) == [1, 1]
    kept = ann.state / 'flashpoll' / 'voter-tokens'
    assert kept.stat().st_mode & 0o777 == 0o600


def test_a_ballot_is_changed_and_taken_back(ann):
    poll, _ = ann.open('--allow-change')
    first = ann.json('vote', poll, 'Pizza')
    assert ann.json('vote', poll, 'Sushi', '--change')['replaces'] == first['seq']
    assert ann.votes(poll) == [0, 1]
    assert 'taken back' in ann.run('retract', poll).stdout
    assert ann.votes(poll) == [0, 0]
    assert '(no_such_vote)' in ann.run('retract', poll, code=VOTED).stderr
    ann.run('vote', poll, 'Pizza', '--change')
    assert ann.votes(poll) == [1, 0]


def test_pages_and_urls_name_a_poll(ann):
    opened = ann.json('poll', 'open', 'Where to?', '2', '1', 'sea')
    page = opened['url'].rsplit('/', 1)[1]
    elsewhere = User(ann.site, 'elsewhere', f'http://127.0.0.1:{free_port()}')
    for name in (opened['id'], opened['id'].lower(), page):
        assert ann.json('poll', 'show', name)['poll']['id'] == opened['id']
    for path in (opened['url'], opened['manage_url'], '/v1/polls/' + opened['id']):
        assert elsewhere.json('poll', 'show', ann.url + path)['poll']['id'] == opened['id']
    assert '--by number' in ann.run('vote', page, '1', code=USAGE).stderr
    ann.run('vote', page, '1', '--by', 'text')
    assert ann.votes(page) == [0, 1, 0]


def test_texts_stay_as_they_are_written(ann):
    choices = ['[x,y]', 'a,b', '-1', '寿司 wide', "it's \"50 %\"", '--help', '[]']
    opened = ann.json('poll', 'open', '--', 'What [now]?', *choices)
    shown = ann.json('poll', 'show', opened['id'])['poll']
    assert (shown['question'], shown['choices']) == ('What [now]?', choices)
    for index, choice in enumerate(choices):
        voter = User(ann.site, f'of-choice-{index}')
        assert voter.json('vote', opened['id'], '--', choice)['choices'] == [index]
    twenty = [f'choice {i}' for i in range(20)]
    assert ann.json('poll', 'open', 'So many?', *twenty)['seq'] == 0
    ann.run('poll', 'open', 'So many?', *twenty, 'one more', code=USAGE)
    assert '/choices/1' in ann.run('poll', 'open', 'So few?', 'one', '', code=1).stderr
    ann.run('poll', 'open', 'So few?', code=USAGE)


def test_mistakes_refusals_and_absent_servers_have_their_codes(ann):
    poll, _ = ann.open()
    ann.run('poll', 'show', 'lunch', code=USAGE)
    ann.run('vote', poll, '3', code=USAGE)
    ann.run('vote', poll, code=USAGE)
    ann.run('poll', 'open', 'Lunch?', 'a', 'b', '--closes-in', 'soon', code=USAGE)
    assert 'FLASHPOLL_TOKEN' in ann.run('poll', 'close', poll, code=USAGE).stderr
    assert '(not_owner)' in ann.run('poll', 'close', poll, code=1, FLASHPOLL_TOKEN='x' * 43).stderr
    assert '(no_such_poll)' in ann.run('poll', 'show', '000000000000', code=1).stderr
    short = ann.run('poll', 'open', 'Eh?', 'a', 'b', code=1).stderr
    assert '(invalid)' in short and '/question' in short
    nobody = User(ann.site, 'nobody', f'http://127.0.0.1:{free_port()}')
    assert '127.0.0.1' in nobody.run('poll', 'show', poll, code=UNREACHABLE).stderr


def test_the_owner_extends_closes_and_hides(ann, tmp_path):
    token = tmp_path / 'token'
    done = ann.run('poll', 'open', 'Lunch today?', 'Pizza', 'Sushi', '--save-token', token)
    poll = done.stdout.split()[1]
    assert token.stat().st_mode & 0o777 == 0o600
    assert token.read_text().strip() not in done.stdout
    owner = ('--token-file', token)
    assert ann.run('poll', 'extend', poll, '--by', '2h', *owner).stdout.startswith('closes at ')
    ann.run('poll', 'extend', poll, '--closes-at', '2020-01-01T00:00:00Z', *owner, code=1)
    ann.run('poll', 'extend', poll, *owner, code=USAGE)
    ann.run('vote', poll, '1')
    assert ann.run('poll', 'close', poll, *owner).stdout.startswith('closed, entry 3')
    assert '(poll_closed)' in User(ann.site, 'late').run('vote', poll, '1', code=1).stderr
    shown = ann.run('poll', 'show', poll).stdout
    assert 'closed, 1 voter, entry' in shown and '100.0 %' in shown and '█' in shown
    ann.run('poll', 'hide', poll, *owner)
    assert '(poll_hidden)' in ann.run('poll', 'show', poll, code=1).stderr


def test_codes_and_trusted_voters(ann):
    poll, owner = ann.open('--eligibility', 'codes')
    issued = ann.run('poll', 'codes', poll, '--count', '3', **owner).stdout.split()
    assert len(issued) == 3
    assert ann.json('poll', 'codes', poll, '--show', **owner)['codes'] == issued
    ann.run('vote', poll, '1', code=USAGE)
    for code in issued[:2]:
        ann.run('vote', poll, '2', FLASHPOLL_TOKEN=code)
    ann.run('vote', poll, '2', code=1, FLASHPOLL_TOKEN=issued[0])
    assert ann.votes(poll) == [0, 2]

    poll, _ = ann.open('--eligibility', 'trusted', '--allow-change')
    ingest = {'FLASHPOLL_TOKEN': INGEST_TOKEN}
    ann.run('vote', poll, '1', code=USAGE, **ingest)
    for name in ('carl & co', 'dora'):
        ann.run('vote', poll, '1', '--voter', name, **ingest)
    ann.run('retract', poll, '--voter', 'carl & co', **ingest)
    assert ann.votes(poll) == [1, 0]


def test_a_token_of_a_lost_deployment_is_replaced(ann):
    poll, _ = ann.open()
    folder = ann.state / 'flashpoll'
    folder.mkdir(parents=True)
    (folder / 'voter-tokens').write_text(f'{ann.url} {"A" * 43}\n')
    ann.run('vote', poll, '1')
    ann.run('vote', poll, '1', code=VOTED)
    assert ann.votes(poll) == [1, 0]


def going_on(user, *arguments):
    """A command that runs until it is told to end."""
    return subprocess.Popen(
        [binary(), *arguments], stdout=subprocess.PIPE, text=True,
        env={**user.site.environment(), 'FLASHPOLL_URL': user.url,
             'XDG_STATE_HOME': str(user.state)})


def test_watching_ends_with_the_poll_or_with_ctrl_c(ann):
    poll, owner = ann.open()
    assert ' open, ' in ann.run('poll', 'watch', poll, '--once').stdout
    with (going_on(ann, 'poll', 'watch', poll) as first,
          going_on(ann, 'poll', 'watch', poll, '-o', 'json') as second):
        assert 'Pizza 0, Sushi 0' in first.stdout.readline()
        assert json.loads(second.stdout.readline())['votes'] == [0, 0]
        ann.run('vote', poll, '2')
        assert 'Pizza 0, Sushi 1' in first.stdout.readline()
        second.send_signal(signal.SIGINT)
        assert second.wait(10) == 0
        ann.run('poll', 'close', poll, **owner)
        assert ' closed, ' in first.stdout.read().splitlines()[-1]
        assert first.wait(10) == 0


def test_a_replay_ends_where_the_result_is(ann, bob):
    poll, owner = ann.open('--allow-change')
    ann.run('vote', poll, '1')
    bob.run('vote', poll, '1')
    bob.run('vote', poll, '2', code=VOTED)
    ann.run('vote', poll, '2', '--change')
    ann.run('poll', 'close', poll, **owner)
    entries = [json.loads(line) for line in ann.run('replay', poll, '-o', 'json').stdout.split('\n')
               if line]
    assert [entry['seq'] for entry in entries] == list(range(len(entries)))
    assert entries[-1]['votes'] == ann.votes(poll) == [1, 1]
    assert entries[-1]['event']['type'] == 'poll.closed.v1'
    changed = next(entry for entry in entries if entry['removed'])
    assert (changed['removed'], changed['added']) == ([0], [1])

    text = ann.run('replay', poll, '--seq', '2').stdout
    assert '2 voters, entry 2' in text and 'vote.cast.v1 counted +Pizza = 2 0' in text
    assert ann.run('replay', poll, '--at', entries[2]['at'], '--result-only').stdout in text
    assert ann.run('replay', poll, '--speed', '1000x').stdout == ann.run('replay', poll).stdout
    ann.run('replay', poll, '--seq', '99', code=1)
    ann.run('replay', '000000000000', code=1)
    ann.run('replay', poll, '--speed', 'fast', code=USAGE)


def test_the_ledger_shows_what_is_stored(ann):
    poll, _ = ann.open()
    ann.run('vote', poll, '2')
    info = ann.json('ledger', 'info')
    assert len(info['ends']) == info['partitions'] == 12
    lines = ann.run('ledger', 'tail', poll, '-o', 'json').stdout.splitlines()
    events = [json.loads(json.loads(line)['value']) for line in lines]
    assert [event['type'] for event in events] == ['poll.opened.v1', 'vote.cast.v1']
    assert poll in ann.run('ledger', 'tail', '--last', '1').stdout


def test_following_the_ledger(ann):
    poll, _ = ann.open()
    with going_on(ann, 'ledger', 'tail', poll, '-f') as tail:
        assert 'poll.opened.v1' in tail.stdout.readline()
        ann.run('vote', poll, '2')
        assert 'vote.cast.v1' in tail.stdout.readline()
        tail.send_signal(signal.SIGINT)
        assert tail.wait(10) == 0


def test_configuration(ann):
    settings = ann.json('config', 'show', '--port', '8123', FLASHPOLL_INGEST_TOKENS='t' * 40)
    assert settings['port'] == {'value': '8123', 'origin': 'flag --port'}
    assert settings['database']['origin'] == 'environment FLASHPOLL_DATABASE'
    assert 't' * 40 not in json.dumps(settings)
    ann.run('config', 'check')
    ann.run('config', 'check', code=USAGE, FLASHPOLL_SECRET_FILE='/nowhere')
    ann.run('config', 'check', '--port', 'x', code=USAGE)
    kafka = ('config', 'check', '--ledger', 'kafka', '--kafka', 'bootstrap.servers=broker:9092')
    ann.run(*kafka, '--kafka', 'linger.ms=2')
    for wrong in ('lingerr.ms=2', 'linger.ms=soon', 'acks=1'):
        assert wrong.split('=')[0] in ann.run(*kafka, '--kafka', wrong, code=USAGE).stderr
    ann.run('config', 'show', code=USAGE, FLASHPOLL_PROT='1')


def test_what_is_refused_and_what_is_away(servers, ann):
    with servers.site() as fresh:
        nothing = User(fresh, 'nothing', ann.url)
        refused = nothing.run('ledger', 'info', code=REFUSED)
        assert 'holds no ledger' in refused.stderr
        nothing.run('migrate')
        nothing.run('migrate')
        nothing.run('ledger', 'info')
        other = nothing.run('ledger', 'info', '--partitions', '3', code=REFUSED)
        assert 'partitions' in other.stderr
    away = {'FLASHPOLL_DATABASE': 'host=/nowhere dbname=x',
            'FLASHPOLL_KAFKA_BOOTSTRAP_SERVERS': f'127.0.0.1:{free_port()}'}
    ann.run('ledger', 'info', code=UNREACHABLE, **away)
    ann.run('ledger', 'info', '--ledger', 'memory', code=USAGE)


def test_verify_names_what_differs_and_rebuild_heals_it(postgres, ann):
    poll, _ = ann.open()
    ann.run('vote', poll, '1')
    other, _ = ann.open()
    assert ann.json('verify')['equal'] is True
    assert 'equal' in ann.run('verify', poll).stdout

    [[schema]] = postgres.sql('select schema_name from checkpoints.read_pointer', ann.site.dsn)
    postgres.sql(f'update {schema}.poll_results set votes = array[0, 7]::bigint[] '
               f'where poll_id = {bits(poll)}', ann.site.dsn)
    assert ann.votes(poll) == [0, 7]
    found = ann.json('verify', poll, code=DIFFERS)
    assert found['differences'] > 0 and 'poll_results' in found['rows'][0]
    assert ann.json('verify', other)['equal'] is True
    kept = ann.json('rebuild', code=DIFFERS)
    assert kept['switched'] is False and kept['differences'] > 0
    assert ann.json('rebuild', '--accept-differences')['switched'] is True
    assert ann.json('verify')['equal'] is True
    eventually(lambda: ann.votes(poll) == [1, 0], 10, 'the service reads the new tables')
