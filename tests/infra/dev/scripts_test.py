"""The pieces of the scripts: processes are known by pid and start, and stopped by nothing else."""

import os
import select
import signal
import subprocess
import time
from pathlib import Path

import pytest

SOURCE = Path(os.environ['FLASHPOLL_SOURCE'])


def bash(script, data='/nowhere', **options):
    head = f'set -euo pipefail; source {SOURCE}/infra/dev/lib.sh; data={data}; ' \
           f'source {SOURCE}/infra/dev/private.sh; '
    return subprocess.run(['bash', '-c', head + script], capture_output=True, text=True, timeout=60,
                          **options)


@pytest.fixture
def data(tmp_path):
    (tmp_path / 'run').mkdir()
    (tmp_path / 'log').mkdir()
    yield tmp_path
    bash(f'for f in {tmp_path}/run/*.pid; do [[ -e $f ]] && stop_remembered "$f" KILL 5; done')


def noted(data, name):
    return int((data / 'run' / f'{name}.pid').read_text().split()[0])


def alive(pid):
    try:
        return Path(f'/proc/{pid}/stat').read_text().rsplit(') ')[1][0] != 'Z'
    except FileNotFoundError:
        return False


def test_a_process_is_noted_found_and_stopped(data):
    done = bash(f'spawn nap sleep 300; remembered {data}/run/nap.pid', data)
    pid = noted(data, 'nap')
    assert done.stdout == str(pid) and alive(pid)
    assert bash(f'stop_remembered {data}/run/nap.pid TERM 10').returncode == 0
    assert not alive(pid)
    assert list((data / 'run').iterdir()) == []


def test_a_reused_pid_is_left_alone(data):
    stranger = subprocess.Popen(['sleep', '300'])
    try:
        (data / 'run/nap.pid').write_text(f'{stranger.pid} 1\n')
        assert bash(f'remembered {data}/run/nap.pid').returncode == 1
        assert bash(f'stop_remembered {data}/run/nap.pid KILL 5').returncode == 0
        assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()


def test_who_does_not_listen_is_killed(data):
    bash('spawn deaf bash -c "trap \'\' TERM; echo deaf; while :; do sleep 1; done"', data)
    pid = noted(data, 'deaf')
    until = time.monotonic() + 10
    while not (data / 'log/deaf.log').read_text() and time.monotonic() < until:
        time.sleep(0.01)
    done = bash(f'stop_remembered {data}/run/deaf.pid TERM 1')
    assert 'did not stop within 1 s: killed' in done.stderr
    assert not alive(pid)


def test_nothing_inherited_stays_open(data):
    reader, writer = os.pipe()
    os.set_inheritable(writer, True)
    bash('spawn nap sleep 300', data, pass_fds=[writer])
    os.close(writer)
    assert select.select([reader], [], [], 20)[0]
    assert os.read(reader, 1) == b''  # the end, as nobody holds the other side
    os.close(reader)
    opened = sorted(int(fd) for fd in os.listdir(f'/proc/{noted(data, "nap")}/fd'))
    assert opened == [0, 1, 2]


def test_what_is_started_outlives_a_killed_starter_and_is_found_again(data):
    starter = subprocess.Popen(
        ['bash', '-c', f'source {SOURCE}/infra/dev/lib.sh; data={data}; '
         f'source {SOURCE}/infra/dev/private.sh; spawn nap sleep 300; echo started; wait'],
        stdout=subprocess.PIPE, text=True)
    assert starter.stdout.readline() == 'started\n'
    starter.send_signal(signal.SIGKILL)
    starter.wait()
    pid = noted(data, 'nap')
    assert alive(pid)
    assert bash('stop_all; for name in nap; do stop_remembered "$data/run/$name.pid" TERM 5; done',
                data).returncode == 0
    assert not alive(pid)


@pytest.mark.parametrize('arguments', [
    ['--port'], ['--port', '0'], ['--port', 'x'], ['--kafkaa'], ['--kafka', '--brokers', '0'],
    ['--brokers', '3'], ['--kafka', '--kafka-servers', 'a:1']])
def test_up_refuses_what_it_does_not_know(arguments):
    done = subprocess.run([SOURCE / 'infra/up', *arguments], capture_output=True, text=True)
    assert done.returncode == 2
    assert done.stderr.startswith('up: ')


def test_down_refuses_a_directory_that_up_did_not_make(tmp_path):
    done = subprocess.run([SOURCE / 'infra/down', '--data', tmp_path], capture_output=True)
    assert done.returncode == 2


def test_scripts_are_clean_for_shellcheck():
    names = subprocess.run(['grep', '-rlE', '--exclude-dir=node_modules', '--exclude=*.py',
                            '^#!.*bash|shell=bash', 'infra', '.ci', 'tests'],
                           cwd=SOURCE, capture_output=True, text=True)
    scripts = names.stdout.split()
    assert 'infra/up' in scripts
    done = subprocess.run(['shellcheck', '-x', '-P', 'SCRIPTDIR', *scripts], cwd=SOURCE,
                          capture_output=True, text=True)
    assert done.returncode == 0, done.stdout
