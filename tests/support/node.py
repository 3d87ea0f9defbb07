"""Processes of `flashpoll serve`. A site is one database, one ledger and one secret, with any nodes
on it."""

import json
import os
import re
import shutil
import signal
import subprocess
import tempfile
import urllib.error
import urllib.request
from pathlib import Path

from api_client import Client
from processes import Child, eventually, free_port

INGEST_TOKEN = 'ingest-token-of-the-tests-0123456789'
INGEST = {'Authorization': f'Bearer {INGEST_TOKEN}'}
_REPORTS = re.compile(r'(ERROR|WARNING): \w*Sanitizer|runtime error:|: bug: ')


def binary():
    path = os.environ.get('FLASHPOLL_BINARY', '')
    assert os.access(path, os.X_OK), f'FLASHPOLL_BINARY names no program: {path!r}'
    return path


def _plain_environment():
    """Ours without the variables of the tests, which the binary would take for settings."""
    return {k: v for k, v in os.environ.items() if not k.startswith('FLASHPOLL_')}


class Node:
    """One process. It keeps its ports over restarts."""

    def __init__(self, site, name, role, settings):
        self.site = site
        self.name = name
        self.port = free_port()
        self.admin_port = next(port for port in iter(free_port, self.port))
        self.url = f'http://127.0.0.1:{self.port}'
        self.admin_url = f'http://127.0.0.1:{self.admin_port}'
        self.role = role
        self.settings = {
            'listen': '127.0.0.1', 'port': self.port, 'admin_port': self.admin_port,
            'database': site.dsn, 'secret_file': str(site.secret_file), **site.ledger.settings,
            **settings}
        self.config = site.directory / f'{name}.toml'
        self.log = site.directory / f'{name}.log'
        self.child = None

    def start(self, ready=True, timeout=60):
        """With `ready`, returns when it serves; a process that ends instead is a failure."""
        lines = [f'{key} = {json.dumps(value)}\n' for key, value in self.settings.items()]
        self.config.write_text(''.join(lines))
        environment = {**_plain_environment(), 'FLASHPOLL_INGEST_TOKENS': INGEST_TOKEN}
        self.child = Child([binary(), 'serve', '--role', self.role, '--config', self.config],
                           self.log, environment)
        if ready:
            self.wait_ready(timeout)
        return self

    def wait_ready(self, timeout=60):
        eventually(lambda: self.is_ready() or not self.child.running(), timeout,
                   lambda: f'{self.name} is ready:\n{self.log_text()[-4000:]}')
        assert self.child.running(), f'{self.name} ended:\n{self.log_text()[-4000:]}'

    def admin(self, path):
        """(status, text); status 0 when nobody answers."""
        try:
            with urllib.request.urlopen(self.admin_url + path, timeout=5) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as refusal:
            return refusal.code, refusal.read().decode()
        except OSError:
            return 0, ''

    def is_ready(self):
        return self.admin('/readyz')[0] == 200

    def metrics(self):
        """Figures by name, labels included as written: `name{label="x"}`."""
        status, text = self.admin('/metrics')
        assert status == 200
        lines = [line.rsplit(' ', 1) for line in text.splitlines() if line and line[0] != '#']
        return {name: float(value) for name, value in lines}

    def client(self, **headers):
        return Client(self.port, headers)

    def kill9(self):
        self.child.end(signal.SIGKILL, 10)

    def freeze(self):
        self.child.signal(signal.SIGSTOP)

    def thaw(self):
        self.child.signal(signal.SIGCONT)

    def stop(self, timeout=15):
        """SIGTERM; the exit code."""
        return self.child.end(signal.SIGTERM, timeout)

    def restart(self):
        self.stop()
        return self.start()

    def log_text(self):
        return self.log.read_text(errors='replace') if self.log.exists() else ''

    def close(self):
        if self.child and self.child.running():
            self.thaw()
            self.stop()
        report = _REPORTS.search(self.log_text())
        assert not report, f'{self.name} reported:\n{self.log_text()[report.start():][:4000]}'


class Site:
    """`with servers.site() as site: a = site.node().start()`."""

    def __init__(self, dsn, ledger):
        self.dsn = dsn
        self.ledger = ledger
        self.directory = Path(tempfile.mkdtemp(prefix='fp-site-', dir='/tmp'))
        self.secret_file = self.directory / 'secret'
        self.secret_file.write_text('a secret of the tests, 0123456789abcdef')
        self.nodes = []

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        try:
            self.close()
        finally:
            if kind is None:
                shutil.rmtree(self.directory, ignore_errors=True)
            else:
                print(f'logs are kept in {self.directory}')

    def node(self, role='all', **settings):
        """Not started yet. Settings as in the configuration file, `limits__x` for `limits.x`."""
        named = {key.replace('__', '.'): value for key, value in settings.items()}
        node = Node(self, f'node{len(self.nodes) + 1}', role, named)
        self.nodes.append(node)
        return node

    def run(self, *arguments, timeout=60, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            **environment):
        """The command line with this site's settings: a completed process."""
        return subprocess.run(
            [binary(), *map(str, arguments)], stdout=stdout, stderr=stderr, text=True,
            timeout=timeout, env={**self.environment(), **environment})

    def environment(self):
        """Of a process that gets this site's settings by it."""
        return {**_plain_environment(), 'FLASHPOLL_DATABASE': self.dsn,
                'FLASHPOLL_SECRET_FILE': str(self.secret_file), **self.ledger.environment}

    def close(self):
        failures = []
        for node in self.nodes:
            try:
                node.close()
            except (AssertionError, subprocess.TimeoutExpired) as failure:
                failures.append(str(failure))
        assert not failures, '\n'.join(failures)
