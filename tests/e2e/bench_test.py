"""flashpoll-bench: each scenario in a short run. Its figures mean nothing then, but they must be
there, be of the right size, and rest on votes that are in the ledger."""

import json
import os
import subprocess
import tempfile

import pytest

KAFKA = os.environ.get('FLASHPOLL_TEST_LEDGER') == 'kafka'
LEDGER = ('--ledger', 'kafka') if KAFKA else ()
ENVIRONMENT = {k: v for k, v in os.environ.items() if not k.startswith('FLASHPOLL_')}


def bench(*arguments):
    return subprocess.run([os.environ['FLASHPOLL_BENCH'], *map(str, arguments)], timeout=240,
                          capture_output=True, text=True, env=ENVIRONMENT)


@pytest.fixture
def data():
    """A directory on the disk that the database's user can enter, empty again afterwards."""
    with tempfile.TemporaryDirectory(prefix='fpb', dir='/var/tmp') as directory:
        os.chmod(directory, 0o755)
        yield directory
        assert os.listdir(directory) == []


def short(data, scenario, *more):
    done = bench(scenario, '--short', '-o', 'json', '--data', data, *LEDGER, *more)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def figure(report, side, name):
    sides = {side['name']: side['figures'] for side in report['sides']}
    return sides[side][name]['median']


def comparisons(report):
    return {c['name']: c['median'] for c in report['comparisons']}


def check_votes(report):
    facts = report['facts']
    assert facts['verify'] == 'equal'
    assert int(facts['votes in the ledger']) >= int(facts['votes answered']) > 0


def check_latencies(report, side):
    values = [figure(report, side, name) for name in ('p50 ms', 'p99 ms', 'p99.9 ms', 'max ms')]
    assert 0 < values[0] and values == sorted(values)


def test_votes(data):
    report = short(data, 'votes', '--rounds', 2)
    check_votes(report)
    assert report['ledger'] == ('kafka' if KAFKA else 'postgres')
    for side in ('flashpoll', 'raw epoll', 'naive'):
        assert figure(report, side, 'rate /s') > 50
        assert figure(report, side, 'refused') == 0
        check_latencies(report, side)
        assert len(next(s for s in report['sides'] if s['name'] == side)
                   ['figures']['rate /s']['rounds']) == 2
    assert 1 < figure(report, 'raw epoll', 'cpu us') < figure(report, 'flashpoll', 'cpu us')
    assert figure(report, 'flashpoll', 'rss mb') > 5
    ratios = comparisons(report)
    assert ratios['cpu us: flashpoll / raw epoll'] > 1
    peak = figure(report, 'flashpoll', 'rate /s')
    assert figure(report, 'flashpoll at 50 %', 'rate /s') == pytest.approx(peak / 2, rel=0.2)
    theirs = 'bare produce, consume' if KAFKA else 'fdatasync'
    check_latencies(report, theirs)
    assert f'p99 ms: flashpoll at 50 % - {theirs}' in ratios


# The ledger makes no difference to what is sent.
@pytest.mark.parametrize('workload', ['zipf'] if KAFKA else
                         ['zipf', 'repeats', 'malformed', 'reconnect'])
def test_workloads(data, workload):
    report = short(data, 'votes', '--workload', workload, '--polls', 20)
    check_votes(report)
    refused = figure(report, 'flashpoll', 'refused')
    assert refused > 0 if workload == 'malformed' else refused == 0


def test_results(data):
    report = short(data, 'results')
    check_votes(report)
    for kind in ('GET', '304'):
        assert comparisons(report)[f'cpu us: flashpoll {kind} / raw epoll {kind}'] > 1
        assert figure(report, f'flashpoll {kind}', 'refused') == 0


def test_replay(data):
    report = short(data, 'replay')
    assert report['facts'] == {'records': '20000', 'verify': 'equal'}
    assert figure(report, 'fold', 'rate /s') > 100_000
    assert figure(report, 'fold', 'allocations') < 0.1
    assert 0 < comparisons(report)['rate /s: fold / flat map'] < 1
    for side in ('projector', 'COPY', 'verify', 'rebuild'):
        assert figure(report, side, 'rate /s') > 500


def test_startup(data):
    report = short(data, 'startup')
    assert report['facts']['verify'] == 'equal'
    for side in ('from a snapshot', 'cold'):
        assert 0 < figure(report, side, 's') < 60


@pytest.mark.parametrize('stream, flags', [('server-sent events', ()),
                                           ('WebSocket', ('--websocket',))])
def test_fanout(data, stream, flags):
    # A broker's first second is slow.
    report = short(data, 'fanout', '--seconds', 3, '--discard', 1.5, *flags)
    check_votes(report)
    assert 300 < figure(report, 'send loop', 'rate /s') < 3300  # ten a second for each of 300
    assert 300 < figure(report, stream, 'rate /s') < 3900
    assert figure(report, stream, 'cpu us') > 0
    check_latencies(report, stream)


def test_audit(data):
    report = short(data, 'audit')
    check_votes(report)
    for side in ('alone', 'while votes come'):
        assert figure(report, side, 'refused') == 0
        check_latencies(report, side)
    assert figure(report, 'while votes come', 'votes /s') > 50


def test_ingest(data):
    report = short(data, 'ingest', '--seconds', 5)
    check_votes(report)
    assert int(report['facts']['votes answered']) > 1000
    for side in ('projector keeping up', 'projector afterwards'):
        assert figure(report, side, 'rate /s') > 0  # lines lie in buffers for seconds
        assert figure(report, side, 'refused') == 0
        check_latencies(report, side)
    theirs = 'bare produce' if KAFKA else 'COPY'
    assert figure(report, theirs, 'rate /s') > 500
    assert comparisons(report)[f'rate /s: projector afterwards / {theirs}'] > 0


def test_overload(data):
    report = short(data, 'overload')
    check_votes(report)
    assert figure(report, '3 x connections', 'rate /s') > 0
    assert figure(report, '3 x rate', 'rate /s') > 0
    assert 'recovered s: half rate, right after' in comparisons(report)


def test_the_history_gets_a_line_with_the_ratios(data, tmp_path):
    history = tmp_path / 'history.ndjson'
    for _ in range(2):
        short(data, 'results', '--record', history)
    lines = [json.loads(line) for line in history.read_text().splitlines()]
    assert len(lines) == 2
    assert lines[0]['scenario'] == 'results' and lines[0]['at'] < lines[1]['at']
    assert lines[0]['ratios']['cpu us: flashpoll GET / raw epoll GET']['median'] > 1


@pytest.mark.parametrize('setting', ['fsync=off', 'synchronous_commit=off',
                                     'full_page_writes=off'])
def test_a_server_that_could_lose_votes_is_refused(data, setting):
    done = bench('results', '--short', '--data', data, '--postgres', setting)
    assert (done.returncode, done.stdout) == (2, '')
    assert setting in done.stderr and 'no figure is reported' in done.stderr


def test_a_directory_in_memory_is_refused():
    done = bench('results', '--short', '--data', '/dev/shm')
    assert (done.returncode, done.stdout) == (2, '')
    assert 'tmpfs' in done.stderr


@pytest.mark.parametrize('arguments, named', [
    ((), 'subcommand'), (('dance',), 'subcommand'), (('votes', '--seconds', '0'), '--seconds'),
    (('votes', '--workload', 'storm', '--short'), 'storm'),
    (('votes', '--short', '--data', '/nowhere'), '/nowhere')])
def test_usage(arguments, named):
    done = bench(*arguments)
    assert done.returncode == 2
    assert named in done.stderr + done.stdout
