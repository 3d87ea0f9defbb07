"""All that a chaos round runs on: three brokers, PostgreSQL, two processes of each role, and the
proxy on the links between them. `with World('kafka', directory) as world: …` ends what it began."""

import json
import shutil
import socket
import subprocess
import time
from pathlib import Path

from flashpoll import Child, Postgres, Site, eventually, free_port
from kafka_cluster import KafkaCluster
from kafka_ledger import KafkaLedger
from postgres_ledger import PostgresLedger

SOURCE = Path(__file__).resolve().parents[2]
BROKERS = 3
# Three brokers and all else share the machine: an append gathers what comes in this time.
LINGER_MS = 5


class Brokers(KafkaCluster):
    """Each has a listener for the command nodes and one for the projectors, whose advertised ports
    are the proxy's."""

    LISTENERS = ('COMMAND', 'PROJECTOR')

    def __init__(self):
        super().__init__(BROKERS, self.LISTENERS)
        self.numbers = range(1, BROKERS + 1)

    def _ports(self, broker, key):
        """{listener: port}"""
        text = (self.directory / f'node-{broker}.properties').read_text()
        value = dict(line.split('=', 1) for line in text.splitlines() if '=' in line)[key]
        return {part.split('://')[0]: int(part.rsplit(':', 1)[1]) for part in value.split(',')}

    def servers_of(self, listener):
        return ','.join(f'127.0.0.1:{self._ports(broker, "advertised.listeners")[listener]}'
                        for broker in self.numbers)

    def links(self):
        return [{'link': f'{name.lower()}-kafka-{broker}',
                 'port': self._ports(broker, 'advertised.listeners')[name],
                 'target': self._ports(broker, 'listeners')[name]}
                for broker in self.numbers for name in self.LISTENERS]

    def leaders(self, topic):
        """{broker: partitions that it leads}, every broker in it."""
        led = dict.fromkeys(self.numbers, 0)
        for each in json.loads(self.kcat('-L', '-J', '-t', topic))['topics']:
            for partition in each['partitions']:
                if partition['leader'] in led:
                    led[partition['leader']] += 1
        return led


class Proxy:
    def __init__(self, directory, links):
        self.path, plan = directory / 'proxy', directory / 'links.json'
        plan.write_text(json.dumps(links))
        self.names = {link['link'] for link in links}
        self.child = Child(['python3', '-B', SOURCE / 'tests/chaos/proxy.py', self.path, plan],
                           directory / 'proxy.log')
        self.control = socket.socket(socket.AF_UNIX)
        eventually(lambda: self.control.connect_ex(str(self.path)) == 0, 10, 'the proxy listens')

    def order(self, links, mode, ms=0):
        """`links`: how their names begin."""
        chosen = [name for name in self.names if name.startswith(links)]
        assert chosen, f'no such link: {links}'
        for name in chosen:
            self.control.sendall(json.dumps({'link': name, 'mode': mode, 'ms': ms}).encode() +
                                 b'\n')
            assert self.control.recv(16) == b'done\n'

    def close(self):
        self.control.close()
        self.child.end(9, 10)


class World:
    def __init__(self, kind, directory):
        self.directory = Path(directory)
        self.kind = kind
        self.kafka = self.proxy = self.site = self.postgres = None
        try:
            self._start()
        except BaseException:
            self.close()
            raise

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def _start(self):
        self.postgres = Postgres(max_wal_size='2GB', shared_buffers='256MB')
        self.dsn = self.postgres.create_database()
        if self.kind == 'kafka':
            self.kafka = Brokers()
            self.ledger = KafkaLedger(self.kafka)
        else:
            self.ledger = PostgresLedger(self.postgres, self.dsn)
        self.site = Site(self.dsn, self.ledger)
        database = free_port()
        through_proxy = self.dsn.replace(f'host={self.postgres.directory}',
                                         f'host=127.0.0.1 port={database}')
        self.command, self.projector, self.query = (
            [self.site.node(role, database=through_proxy, log_level='info', **self._ledger(role))
             for _ in range(2)] for role in ('command', 'projector', 'query'))
        doors = [free_port() for _ in self.command]
        self.ports = doors  # where clients send commands
        links = [{'link': 'clients-command', 'port': door, 'target': node.port}
                 for door, node in zip(doors, self.command)]
        links.append({'link': 'services-postgres', 'port': database,
                      'target': str(self.postgres.directory / '.s.PGSQL.5432')})
        self.proxy = Proxy(self.directory, links + (self.kafka.links() if self.kafka else []))
        for node in self.nodes():
            node.start(ready=False)
        for node in self.nodes():
            node.wait_ready()

    def _ledger(self, role):
        if not self.kafka or role == 'query':
            return {}
        return {'kafka_copies': BROKERS, 'kafka."linger.ms"': LINGER_MS,
                'kafka."bootstrap.servers"': self.kafka.servers_of(role.upper())}

    def nodes(self):
        return self.command + self.projector + self.query

    def verify(self):
        """The output of `flashpoll verify`, and its exit code."""
        done = self.site.run('verify', timeout=300)
        return done.stdout + done.stderr, done.returncode

    def writer_of_most(self):
        """The projector that writes the most partitions."""
        def written(node):
            word = node.admin('/readyz?verbose')[1].partition('writes ')[2].split(' ')[0]
            return int(word) if word.isdigit() else 0
        return max(self.projector, key=written)

    def wait_healed(self):
        """All that was killed is ready again, and runs."""
        for node in self.nodes():
            node.wait_ready()

    def logs(self):
        return [node.log for node in self.nodes()]

    def close(self):
        failures = []
        for part in (self.site, self.proxy, self.kafka, self.postgres):
            try:
                if part:
                    part.close()
            except (AssertionError, OSError, subprocess.SubprocessError) as failure:
                failures.append(str(failure))
        if self.site:
            shutil.rmtree(self.site.directory, ignore_errors=True)
        assert not failures, '\n'.join(failures)


def pause(seconds):
    """A fault lasts as long as it lasts: there is no event to wait for."""
    time.sleep(seconds)

