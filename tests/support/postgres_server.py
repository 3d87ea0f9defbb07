"""A PostgreSQL server of the test's own, on a Unix socket below /tmp, durable as in production."""

import glob
import os
import shutil
import signal
import subprocess
import tempfile
from contextlib import contextmanager, suppress
from pathlib import Path

from processes import Child, as_user, eventually

_SETTINGS = {
    'listen_addresses': '', 'fsync': 'on', 'full_page_writes': 'on', 'synchronous_commit': 'on',
    'max_connections': '100', 'shared_buffers': '64MB', 'max_wal_size': '1GB', 'timezone': 'UTC',
}


def _programs():
    found = sorted(glob.glob('/usr/lib/postgresql/*/bin'), key=lambda p: int(p.split('/')[4]))
    assert found, 'PostgreSQL is not installed'
    return Path(found[-1])


class Postgres:
    """`with Postgres() as server: …`. Its directory goes at the end."""

    def __init__(self, **settings):
        self.settings = {**_SETTINGS, **settings}
        self.programs = _programs()
        self.directory = Path(tempfile.mkdtemp(prefix='fp-pg-', dir='/tmp'))
        self.data = self.directory / 'data'
        self.child = None
        self.databases = 0
        if os.geteuid() == 0:
            shutil.chown(self.directory, 'postgres', 'postgres')
        subprocess.run(
            [*as_user('postgres', 'KILL'), self.programs / 'initdb', '-D', self.data,
             '-U', 'postgres', '-A', 'trust', '--encoding=UTF8', '--locale=C', '--no-sync'],
            check=True, stdout=subprocess.DEVNULL, cwd='/')
        self.start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def start(self):
        """Returns when it takes connections."""
        settings = {**self.settings, 'unix_socket_directories': str(self.directory)}
        flags = [part for name, value in settings.items() for part in ('-c', f'{name}={value}')]
        self.child = Child([self.programs / 'postgres', '-D', self.data, *flags],
                           self.directory / 'log', death_signal=signal.SIGINT,
                           prefix=as_user('postgres', 'INT'))
        eventually(self._answers_or_ended, 30, 'PostgreSQL answers')
        assert self.child.running(), self.child.log_text()

    def _answers_or_ended(self):
        asked = subprocess.run([self.programs / 'pg_isready', '-q', '-h', self.directory])
        return asked.returncode == 0 or not self.child.running()

    def stop(self):
        """Fast shutdown: sessions end, what is committed stays."""
        self.child.end(signal.SIGINT, 30)

    def kill9(self):
        """As in a crash. Backends notice that their postmaster is gone; they are gone on return."""
        backends = _children(self.child.pid)
        self.child.end(signal.SIGKILL, 10)
        eventually(lambda: not any(map(_runs, backends)), 20, 'all backends have noticed')

    @contextmanager
    def frozen(self):
        """Meanwhile none of its processes does anything; connections stay open."""
        self.child.signal(signal.SIGSTOP)  # first, so that no process comes any more
        eventually(lambda: _state(self.child.pid) == 'T', 5, 'the postmaster stands')
        backends = _children(self.child.pid)
        pids = ' '.join(map(str, [*backends, self.child.pid]))
        # Thaws them when its input ends: also when this test is killed.
        warmth = subprocess.Popen(['sh', '-c', f'read _; kill -CONT {pids}'],
                                  stdin=subprocess.PIPE, start_new_session=True)
        try:
            for pid in backends:
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGSTOP)
            yield
        finally:
            warmth.communicate()

    def restart(self):
        self.stop()
        self.start()

    def close(self):
        """Without the checkpoint of an orderly end: the directory goes anyway."""
        if self.child and self.child.running():
            self.child.end(signal.SIGQUIT, 30)
        shutil.rmtree(self.directory, ignore_errors=True)

    def dsn(self, database='postgres'):
        return f'host={self.directory} user=postgres dbname={database}'

    def create_database(self):
        """A new empty database; its connection text."""
        self.databases += 1
        name = f'test_{self.databases}'
        self.sql(f'create database {name}')
        return self.dsn(name)

    def sql(self, statement, dsn=None):
        """Rows as lists of texts; a null is None."""
        done = subprocess.run(
            [self.programs / 'psql', '-XqAt', '-v', 'ON_ERROR_STOP=1', '-F', '\x1f', '-R', '\x1e',
             '-P', 'null=\x1d', '-d', dsn or self.dsn(), '-f', '-'],
            input=statement, capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stderr
        lines = done.stdout.rstrip('\n').split('\x1e') if done.stdout.strip() else []
        return [[None if cell == '\x1d' else cell for cell in line.split('\x1f')]
                for line in lines if line]


def _children(parent):
    found = []
    for stat in glob.glob('/proc/[0-9]*/stat'):
        try:
            text = Path(stat).read_text()
        except (FileNotFoundError, ProcessLookupError):
            continue
        if int(text.rsplit(') ', 1)[1].split()[1]) == parent:
            found.append(int(text.split()[0]))
    return found


def _state(pid):
    """As in /proc/PID/stat; None when there is no such process."""
    try:
        return Path(f'/proc/{pid}/stat').read_text().rsplit(') ', 1)[1][0]
    except (FileNotFoundError, ProcessLookupError):
        return None


def _runs(pid):
    return _state(pid) not in ('Z', None)
