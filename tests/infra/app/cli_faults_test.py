"""The client of the command line when answers are lost on their way."""

import json
import signal
import subprocess

import pytest

from faulty_proxy import FaultyProxy
from flashpoll import binary

UNKNOWN = (503, json.dumps({'type': '/problems/outcome_unknown', 'title': 'Outcome unknown',
                            'status': 503, 'code': 'outcome_unknown'}))


@pytest.fixture(scope='module')
def site(servers):
    with servers.site() as made:
        made.node().start()
        yield made


@pytest.fixture
def proxy(site):
    with FaultyProxy(site.nodes[0].port) as made:
        yield made


@pytest.fixture
def run(site, proxy, request):
    def run(*arguments, code=0):
        state = site.directory / f'state-{request.node.name}'
        done = site.run(*arguments, '-o', 'json', FLASHPOLL_URL=proxy.url,
                        XDG_STATE_HOME=str(state))
        assert done.returncode == code, (done.returncode, done.stdout, done.stderr)
        return done.stdout
    return run


def votes(run, poll):
    choices = json.loads(run('poll', 'show', poll))['results']['choices']
    return [choice['votes'] for choice in choices]


def opened(run):
    return json.loads(run('poll', 'open', 'Lunch today?', 'Pizza', 'Sushi', '--allow-change'))['id']


@pytest.mark.parametrize('how', ['lost', UNKNOWN], ids=['lost', 'unknown'])
def test_a_vote_whose_answer_is_lost_is_sent_again_and_counted_once(run, proxy, how):
    poll = opened(run)
    proxy.spoil('POST', '/votes', how, times=2)
    receipt = json.loads(run('vote', poll, 'Sushi'))
    assert len(proxy.votes) == 3 and len(set(proxy.votes)) == 1
    assert json.loads(proxy.votes[0])['vote_id'] == receipt['vote_id']
    assert votes(run, poll) == [0, 1]
    assert 'already_voted' in run('vote', poll, 'Sushi', code=1)


@pytest.mark.parametrize('how, code', [('lost', 3), (UNKNOWN, 1)], ids=['lost', 'unknown'])
def test_tries_are_bounded_and_the_next_command_is_the_same_voter(run, proxy, how, code):
    poll = opened(run)
    proxy.spoil('POST', '/votes', how, times=50)
    run('vote', poll, 'Sushi', code=code)
    assert 2 < len(proxy.votes) < 10
    proxy.plans.clear()
    assert 'already_voted' in run('vote', poll, 'Pizza', code=1)
    assert votes(run, poll) == [0, 1]


def test_an_opening_whose_answer_is_lost_opens_one_poll(run, proxy):
    ends = json.loads(run('ledger', 'info'))['ends']
    proxy.spoil('POST', '/v1/polls', 'lost', times=2)
    opened(run)
    assert sum(json.loads(run('ledger', 'info'))['ends']) == sum(ends) + 1


def test_a_retraction_whose_answer_is_lost_is_one_retraction(run, proxy):
    poll = opened(run)
    seq = json.loads(run('vote', poll, 'Sushi'))['seq']
    proxy.spoil('DELETE', f'/votes/{seq}', 'lost', times=2)
    assert json.loads(run('retract', poll))['retracted'] == seq
    assert votes(run, poll) == [0, 0]


def test_watching_goes_on_after_a_lost_stream(run, proxy):
    poll = opened(run)
    proxy.spoil('GET', f'{poll}/stream', 'lost')
    with subprocess.Popen([binary(), 'poll', 'watch', poll, '-o', 'json', '--url', proxy.url],
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as watch:
        assert json.loads(watch.stdout.readline())['votes'] == [0, 0]
        assert 'broke off' in watch.stderr.readline()
        run('vote', poll, '1')
        while (seen := json.loads(watch.stdout.readline()))['votes'] != [1, 0]:
            assert seen['votes'] == [0, 0]
        watch.send_signal(signal.SIGINT)
        assert watch.wait(10) == 0
