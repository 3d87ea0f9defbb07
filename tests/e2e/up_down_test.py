"""infra/up and infra/down as a person uses them, each on a data directory of its own."""

import os
import re
import signal
import subprocess
import time
from pathlib import Path

import pytest

from flashpoll import Client, eventually, free_port

SOURCE = Path(os.environ['FLASHPOLL_SOURCE'])
# What the scripts hand on: not the variables of the tests, which the service would refuse.
ENVIRONMENT = {k: v for k, v in os.environ.items() if not k.startswith('FLASHPOLL_')}


class Place:
    """A data directory with ports, and the scripts run on it."""

    def __init__(self, directory):
        self.directory = directory
        self.port, self.admin_port = free_port(), free_port()

    def up(self, *options, **environment):
        return subprocess.run(self.command(*options, '--background'), capture_output=True,
                              text=True, timeout=300, env={**ENVIRONMENT, **environment})

    def command(self, *options):
        return [SOURCE / 'infra/up', '--data', self.directory, '--port', str(self.port),
                '--admin-port', str(self.admin_port), *options]

    def down(self):
        return subprocess.run([SOURCE / 'infra/down', '--data', self.directory], timeout=120,
                              capture_output=True, text=True)

    def sql(self, text):
        """What psql says to it, in the private database."""
        return subprocess.run(
            ['psql', '-XqAt', '-h', self.directory / 'run/pg', '-U', 'flashpoll', '-d', 'flashpoll',
             '-c', text], capture_output=True, text=True, check=True, timeout=30).stdout

    def pids(self):
        return {path.stem: int(path.read_text().split()[0])
                for path in (self.directory / 'run').glob('*.pid')}

    def demo(self, text):
        """Id of the demo poll, from the printed links."""
        return re.search(r'demo poll +http\S+-([0-9A-Z]{12})\n', text)[1]

    def voters(self, poll):
        return Client(self.port).results(poll, '?min_seq=0')['voters']


def running(pid):
    try:
        return Path(f'/proc/{pid}/stat').read_text().rsplit(') ', 1)[1][0] != 'Z'
    except (FileNotFoundError, ProcessLookupError):
        return False


@pytest.fixture
def place(tmp_path_factory):
    directory = Path(subprocess.run(['mktemp', '-d', '/tmp/fp-up-XXXXXX'], capture_output=True,
                                    text=True, check=True).stdout.strip())
    directory.chmod(0o755)
    yield Place(directory)
    subprocess.run([SOURCE / 'infra/down', '--data', directory], capture_output=True)
    subprocess.run(['rm', '-rf', directory])


def test_up_votes_down_and_up_again(place):
    first = place.up()
    assert first.returncode == 0, first.stderr
    poll = place.demo(first.stdout)
    eventually(lambda: place.voters(poll) >= 3, 30, 'votes arrive')
    assert (place.directory / 'secret').stat().st_mode & 0o777 == 0o600
    pids = place.pids()
    assert set(pids) == {'postgres', 'flashpoll', 'demo'}

    assert place.down().returncode == 0
    assert not any(map(running, pids.values()))
    began = time.monotonic()
    second = place.up()
    assert second.returncode == 0, second.stderr
    assert time.monotonic() - began < 5
    assert place.demo(second.stdout) == poll
    assert place.voters(poll) >= 3


def test_up_on_read_tables_of_another_version(place):
    first = place.up()
    assert first.returncode == 0, first.stderr
    poll = place.demo(first.stdout)
    eventually(lambda: place.voters(poll) >= 3, 30, 'votes arrive')
    place.sql("comment on schema read_1 is 'another'")
    assert place.down().returncode == 0
    second = place.up()
    assert second.returncode == 0, second.stderr
    assert 'new read tables' in second.stderr
    assert place.demo(second.stdout) == poll
    assert place.voters(poll) >= 3
    assert place.sql('select schema_name from checkpoints.read_pointer') == 'read_2\n'


def test_nothing_that_is_left_running_holds_a_descriptor(place):
    reader, writer = os.pipe()
    os.set_inheritable(writer, True)
    # That this returns at all shows that nobody holds stdout either.
    done = subprocess.run(place.command('--background'), capture_output=True, pass_fds=[writer],
                          env=ENVIRONMENT, timeout=300)
    os.close(writer)
    assert done.returncode == 0, done.stderr
    assert os.read(reader, 1) == b''
    os.close(reader)


def test_ctrl_c_stops_everything(place):
    with subprocess.Popen(place.command(), stdout=subprocess.PIPE, text=True,
                          env=ENVIRONMENT) as up:
        for line in up.stdout:
            if line.startswith('Ctrl-C'):
                break
        pids = place.pids()
        up.send_signal(signal.SIGINT)
        assert up.wait(30) == 130
    assert len(pids) == 3 and not any(map(running, pids.values()))
    assert place.pids() == {}


def test_after_a_crash_of_the_script_and_of_the_service(place):
    with subprocess.Popen(place.command(), stdout=subprocess.PIPE, text=True,
                          env=ENVIRONMENT) as up:
        text = ''
        for line in up.stdout:
            text += line
            if line.startswith('Ctrl-C'):
                break
        up.kill()
    pids = place.pids()
    assert all(map(running, pids.values()))
    refused = place.up()
    assert refused.returncode == 1 and 'infra/down --data' in refused.stderr
    os.kill(pids['flashpoll'], signal.SIGKILL)
    os.kill(pids['postgres'], signal.SIGKILL)
    again = place.up()  # stops what is left, and goes on
    assert again.returncode == 0, again.stderr
    assert place.demo(again.stdout) == place.demo(text)
    assert place.down().returncode == 0
    assert not any(map(running, [*pids.values(), *place.pids().values()]))


def test_a_service_that_does_not_start_is_told_and_cleaned_up(place):
    refused = place.up(FLASHPOLL_INGEST_TOKENS='short')
    assert refused.returncode == 2
    assert 'ingest_tokens' in refused.stderr
    assert place.pids() == {}
    assert place.up('--no-demo').returncode == 0
