"""Real Apache Kafka of the test's own, on free ports of 127.0.0.1."""

import json
import os
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path

from processes import Child, eventually

_SCRIPT = Path(os.environ['FLASHPOLL_SOURCE']) / 'infra/dev/kafka'


def _script(*arguments):
    done = subprocess.run([_SCRIPT, *map(str, arguments)], capture_output=True, text=True,
                          timeout=240)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout.strip()


class KafkaCluster:
    """`with KafkaCluster(3) as kafka: …`. Brokers are numbered from 1. Its directory goes at the
    end."""

    def __init__(self, brokers=1):
        self.directory = Path(tempfile.mkdtemp(prefix='fp-kafka-', dir='/tmp'))
        self.children = {}
        self.topics = 0
        try:
            _script('prepare', self.directory, brokers)
            self.addresses = _script('servers', self.directory).split(',')
            self.servers = ','.join(self.addresses)
            self.start()
        except BaseException:
            self.close()
            raise

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def start(self, *brokers):
        """These, or all that do not run; returns when they and the others know each other."""
        for broker in brokers or range(1, len(self.addresses) + 1):
            if not self._runs(broker):
                self.children[broker] = Child([_SCRIPT, 'exec', self.directory, broker],
                                              self.directory / f'log-{broker}')
        running = [broker for broker in self.children if self._runs(broker)]
        for broker in running:
            eventually(lambda: self.known_to(broker) >= set(running) or not self._runs(broker), 60,
                       f'broker {broker} knows {running}')
            assert self._runs(broker), self.children[broker].log_text()

    def _runs(self, broker):
        return broker in self.children and self.children[broker].running()

    def known_to(self, broker):
        """Numbers of the brokers that this one knows to be there; none when it does not answer."""
        asked = subprocess.run(['kcat', '-b', self.addresses[broker - 1], '-L', '-J', '-m', '2'],
                               capture_output=True, text=True, timeout=30)
        return {other['id'] for other in json.loads(asked.stdout)['brokers']} \
            if asked.returncode == 0 else set()

    def stop(self, broker=1):
        """SIGTERM: hands over what it leads, if there is anybody to take it."""
        self.children[broker].end(signal.SIGTERM, 30)

    def kill9(self, broker=1):
        self.children[broker].end(signal.SIGKILL, 10)

    def freeze(self, broker=1):
        self.children[broker].signal(signal.SIGSTOP)

    def thaw(self, broker=1):
        self.children[broker].signal(signal.SIGCONT)

    def close(self):
        for child in self.children.values():
            if child.running():
                child.end(signal.SIGKILL, 10)
        shutil.rmtree(self.directory, ignore_errors=True)

    def new_topic(self):
        """A name that nobody has used. The service makes the topic."""
        self.topics += 1
        return f'topic-{self.topics}'

    def tool(self, name, *arguments):
        """What one of Kafka's own tools prints: TopicCommand, ConfigCommand, …"""
        return _script('tool', name, '--bootstrap-server', self.servers, *arguments)

    def kcat(self, *arguments, stdin=b''):
        done = subprocess.run(['kcat', '-b', self.servers, *map(str, arguments)], input=stdin,
                              capture_output=True, timeout=60)
        assert done.returncode == 0, done.stderr.decode(errors='replace')
        return done.stdout
