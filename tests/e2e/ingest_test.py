"""`flashpoll ingest`: a file is counted once, however often it is sent and whatever breaks."""

import json
import subprocess
import threading
from contextlib import contextmanager

from flashpoll import INGEST_TOKEN, eventually, free_port
from node import binary


def trusted(client):
    return client.open_poll('A', 'B', 'C', eligibility='trusted')['id']


def voters(client, poll):
    """With a standing ballot, as far as it is shown."""
    answer = client.get(f'/v1/polls/{poll}/results')
    return answer.json()['voters'] if answer.status == 200 else 0


def ballots(poll, count, begin=0):
    return [json.dumps({'poll': poll, 'voter': f'voter {n}', 'choices': [n % 3]})
            for n in range(begin, begin + count)]


def written(tmp_path, lines, name='ballots.ndjson'):
    file = tmp_path / name
    file.write_text(''.join(line + '\n' for line in lines))
    return file


def run(node, *arguments, token=INGEST_TOKEN, **options):
    return node.site.run('ingest', *arguments, '--url', node.url, FLASHPOLL_TOKEN=token, **options)


@contextmanager
def ingesting(node, *arguments):
    """The command with pipes to and from it; killed if it is still there at the end."""
    pipes = {name: subprocess.PIPE for name in ('stdin', 'stdout', 'stderr')}
    environment = {**node.site.environment(), 'FLASHPOLL_TOKEN': INGEST_TOKEN}
    with subprocess.Popen([binary(), 'ingest', *arguments, '--url', node.url], **pipes, text=True,
                          env=environment) as command:
        try:
            yield command
        finally:
            command.kill()


def tally(done):
    return json.loads(done.stdout)


def test_a_file_is_counted_and_a_repeat_counts_nothing(node, client, tmp_path):
    poll = trusted(client)
    file = written(tmp_path, ballots(poll, 1000))
    first = run(node, file, '-o', 'json')
    assert (first.returncode, first.stderr) == (0, '')
    assert tally(first) == {'lines': 1000, 'counted': 1000, 'repeats': 0, 'refused': 0, 'codes': {}}
    again = run(node, file)
    assert again.returncode == 0
    assert again.stdout == '1000 lines: 0 counted, 1000 counted before, 0 refused\n'
    moved = written(tmp_path, ballots(poll, 1010), 'renamed, and longer')
    assert tally(run(node, moved, '-o', 'json')) == {
        'lines': 1010, 'counted': 10, 'repeats': 1000, 'refused': 0, 'codes': {}}
    assert client.results(poll, '?min_seq=1010')['voters'] == 1010


def test_standard_input_is_a_file_too(node, client):
    poll = trusted(client)
    text = '\n'.join(ballots(poll, 3))  # the last line has no end
    for counted in (3, 0):
        done = subprocess.run([binary(), 'ingest', '-', '--url', node.url, '-o', 'json'],
                              input=text, text=True, capture_output=True, timeout=60,
                              env={**node.site.environment(), 'FLASHPOLL_TOKEN': INGEST_TOKEN})
        assert done.returncode == 0, done.stderr
        assert (tally(done)['counted'], tally(done)['repeats']) == (counted, 3 - counted)


def test_a_slow_pipe_is_answered_as_it_comes(node, client):
    poll = trusted(client)
    lines = ballots(poll, 2)
    with ingesting(node, '-') as ingest:
        for n, text in enumerate(lines, 1):
            ingest.stdin.write(text + '\n')
            ingest.stdin.flush()
            eventually(lambda: voters(client, poll) == n, 20, f'line {n} counts')
        out, err = ingest.communicate(timeout=20)
    assert (ingest.returncode, err) == (0, '')
    assert out == '2 lines: 2 counted, 0 counted before, 0 refused\n'


def test_refused_lines_are_told(node, client, tmp_path):
    poll = trusted(client)
    good = ballots(poll, 3)
    no_choice = good[0].replace('[0]', '[7]')
    file = written(tmp_path, [good[0], 'nonsense', good[1], no_choice, '', 'x' * 200_000, good[2]])
    done = run(node, file, '-o', 'json', '--refused', tmp_path / 'refused')
    assert done.returncode == 1
    assert '4 lines were refused' in done.stderr
    assert tally(done)['counted'] == 3
    assert tally(done)['codes'] == {'bad_json': 2, 'body_too_large': 1, 'invalid_choices': 1}
    told = [json.loads(row) for row in (tmp_path / 'refused').read_text().splitlines()]
    assert told == [{'line': 2, 'code': 'bad_json'}, {'line': 4, 'code': 'invalid_choices'},
                    {'line': 5, 'code': 'bad_json'}, {'line': 6, 'code': 'body_too_large'}]


def test_exit_codes(node, client, tmp_path):
    file = written(tmp_path, ballots(trusted(client), 1))
    assert run(node, file, token='').returncode == 2
    assert run(node, tmp_path / 'missing').returncode == 2
    wrong = run(node, file, token='x' * 40)
    assert wrong.returncode == 1
    assert 'credential_invalid' in wrong.stderr
    nobody = node.site.run('ingest', file, '--url', f'http://127.0.0.1:{free_port()}',
                           FLASHPOLL_TOKEN=INGEST_TOKEN)
    assert nobody.returncode == 3
    assert 'run it again' in nobody.stderr


def fed_slowly(ingest, lines):
    """Writes to its standard input, a thousand lines at a time."""
    pace = threading.Event()
    for at in range(0, len(lines), 1000):
        ingest.stdin.write(''.join(line + '\n' for line in lines[at:at + 1000]))
        ingest.stdin.flush()
        pace.wait(0.05)
    ingest.stdin.close()


def test_it_goes_on_over_a_crash_of_the_node(site, tmp_path):
    node = site.node().start()
    client = node.client()
    poll, count = trusted(client), 60_000
    lines = ballots(poll, count)
    with ingesting(node, '-', '-o', 'json') as ingest:
        writer = threading.Thread(target=fed_slowly, args=(ingest, lines))
        writer.start()
        eventually(lambda: voters(client, poll) > 8_000, 60, 'lines are counted')
        client.close()
        assert writer.is_alive()
        node.kill9()
        node.start()
        writer.join(timeout=120)
        assert not writer.is_alive()
        told = json.loads(ingest.stdout.read())
        assert ingest.wait(timeout=60) == 0, ingest.stderr.read()
    assert told['counted'] + told['repeats'] == told['lines'] == count
    client = node.client()
    assert client.results(poll, f'?min_seq={count}')['voters'] == count
    client.close()
    again = run(node, written(tmp_path, lines), '-o', 'json')
    assert tally(again)['repeats'] == count
    assert site.run('verify').returncode == 0
