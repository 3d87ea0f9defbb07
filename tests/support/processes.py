"""Children of a test: each is known by its own pid and ends with the test, also a killed one."""

import ctypes
import fcntl
import os
import random
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path

PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None, use_errno=True)


def eventually(check, timeout, what):
    """The first true answer of `check`, asked every 20 ms; fails after `timeout` seconds."""
    until = time.monotonic() + timeout
    while True:
        answer = check()
        if answer:
            return answer
        if time.monotonic() > until:
            raise AssertionError(f'not within {timeout} s: {what() if callable(what) else what}')
        time.sleep(0.02)


_kept_ports = []


def free_port():
    """A port nobody listens on just now, below the range that the kernel hands out for outgoing
    connections: a process that is killed finds it free again. It is this program's until its end:
    no other test takes it before somebody listens, or while a node is down. Brokers have ports
    from 20000 on (infra/dev/kafka)."""
    folder = Path(tempfile.gettempdir()) / 'flashpoll-ports'
    folder.mkdir(exist_ok=True)
    while True:
        port = random.randrange(10000, 20000)
        claim = open(folder / str(port), 'w', encoding='ascii')
        try:
            fcntl.flock(claim, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            claim.close()
            continue
        with socket.socket() as probe:
            if probe.connect_ex(('127.0.0.1', port)) != 0:
                _kept_ports.append(claim)
                return port


class Child:
    """One process with its output in a file. Start it on the main thread: the kernel ends it with
    the thread that started it."""

    def __init__(self, command, log, environment=None, death_signal=signal.SIGKILL, prefix=()):
        self.log = Path(log)
        with open(self.log, 'ab') as out:
            self.process = subprocess.Popen(
                [*prefix, *map(str, command)], stdin=subprocess.DEVNULL, stdout=out, stderr=out,
                env=environment, cwd='/', start_new_session=True,
                preexec_fn=None if prefix else lambda: _libc.prctl(PR_SET_PDEATHSIG, death_signal))

    @property
    def pid(self):
        return self.process.pid

    def running(self):
        return self.process.poll() is None

    def signal(self, number):
        if self.running():
            self.process.send_signal(number)

    def wait(self, timeout):
        return self.process.wait(timeout)

    def end(self, number, timeout):
        """Sends the signal; the exit code, or what SIGKILL left after `timeout` seconds."""
        self.signal(number)
        try:
            return self.wait(timeout)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait(10)
            raise

    def log_text(self):
        return self.log.read_text(errors='replace')


def as_user(name, death_signal):
    """Command prefix that runs what follows as another user, who ends with us as well."""
    if os.geteuid() != 0:
        return ()
    return ('setpriv', f'--reuid={name}', f'--regid={name}', '--init-groups',
            f'--pdeathsig={death_signal}', '--')
