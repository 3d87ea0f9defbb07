"""All that a chaos round runs on: three brokers, PostgreSQL, two processes of each role, and the
proxy on the links between them. `with World('kafka', directory) as world: …` ends what it began."""

import json
import shutil
import socket
import subprocess
import time
from pathlib import Path

from flashpoll import Child, Postgres, Site, eventually, free_port

SOURCE = Path(__file__).resolve().parents[2]
BROKERS = 3
PARTITIONS = 12
TOPIC = 'flashpoll'


class Broker:
    def __init__(self, directory, number):
        self.directory, self.number, self.child = directory, number, None
        text = (directory / f'node-{number}.properties').read_text()
        self.properties = dict(line.split('=', 1) for line in text.splitlines() if '=' in line)

    def addresses(self, key):
        """{listener: port}"""
        return {part.split('://')[0]: int(part.rsplit(':', 1)[1])
                for part in self.properties[key].split(',')}

    def start(self):
        self.child = Child([SOURCE / 'infra/dev/kafka', 'exec', self.directory, self.number],
                           self.directory / f'log-{self.number}')

    def kill9(self):
        self.child.end(9, 10)


class Kafka:
    """Each broker has a listener for the command nodes and one for the projectors, whose advertised
    ports are the proxy's."""

    LISTENERS = ('COMMAND', 'PROJECTOR')

    def __init__(self, directory):
        self.directory = directory
        subprocess.run([SOURCE / 'infra/dev/kafka', 'prepare', directory, str(BROKERS),
                        *self.LISTENERS], check=True)
        self.brokers = [Broker(directory, n + 1) for n in range(BROKERS)]
        self.servers = self.servers_of('PLAINTEXT')

    def servers_of(self, listener):
        return ','.join(f'127.0.0.1:{broker.addresses("advertised.listeners")[listener]}'
                        for broker in self.brokers)

    def links(self):
        return [{'link': f'{name.lower()}-kafka-{broker.number}',
                 'port': broker.addresses('advertised.listeners')[name],
                 'target': broker.addresses('listeners')[name]}
                for broker in self.brokers for name in self.LISTENERS]

    def start(self):
        for broker in self.brokers:
            broker.start()
        self.wait_for_all()

    def metadata(self):
        done = subprocess.run(['kcat', '-L', '-J', '-b', self.servers, '-m', '5'],
                              capture_output=True, text=True, timeout=30)
        return json.loads(done.stdout) if done.returncode == 0 and done.stdout else None

    def wait_for_all(self):
        def all_there():
            told = self.metadata()
            return told and len(told['brokers']) == BROKERS
        eventually(all_there, 60, 'all brokers are registered')

    def leaders(self):
        """{broker: partitions that it leads}, every broker in it."""
        led = {broker.number: 0 for broker in self.brokers}
        for topic in self.metadata()['topics']:
            for partition in topic['partitions']:
                if topic['topic'] == TOPIC and partition['leader'] in led:
                    led[partition['leader']] += 1
        return led

    def close(self):
        """Their folder goes anyway: without the handing over of an orderly end."""
        for broker in self.brokers:
            if broker.child and broker.child.running():
                broker.kill9()


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
    def __init__(self, ledger, directory):
        self.directory = Path(directory)
        self.ledger = ledger
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
        self.site = Site(self.dsn)
        if self.ledger == 'kafka':
            self.kafka = Kafka(self.directory / 'kafka')
            self.kafka.start()
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
        if self.ledger == 'postgres':
            return {'partitions': PARTITIONS}
        listener = {'command': 'COMMAND', 'projector': 'PROJECTOR', 'query': 'PLAINTEXT'}[role]
        return {'partitions': PARTITIONS, 'ledger': 'kafka', 'kafka_topic': TOPIC,
                'kafka_copies': BROKERS,
                'kafka__bootstrap__servers': self.kafka.servers_of(listener)}

    def nodes(self):
        return self.command + self.projector + self.query

    def verify(self):
        """The output of `flashpoll verify`, and its exit code."""
        environment = {}
        if self.kafka:
            environment = {'FLASHPOLL_LEDGER': 'kafka', 'FLASHPOLL_KAFKA_TOPIC': TOPIC,
                           'FLASHPOLL_KAFKA_BOOTSTRAP_SERVERS': self.kafka.servers}
        done = self.site.run('verify', timeout=300, **environment)
        return done.stdout + done.stderr, done.returncode

    def writer_of_most(self):
        """The projector that writes the most partitions."""
        def written(node):
            word = node.admin('/readyz?verbose')[1].partition('writes ')[2].split(' ')[0]
            return int(word) if word.isdigit() else 0
        return max(self.projector, key=written)

    def wait_healed(self):
        """All processes run and answer; a broker is registered."""
        if self.kafka:
            self.kafka.wait_for_all()
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
        for folder in (self.directory / 'kafka', self.site and self.site.directory):
            if folder:
                shutil.rmtree(folder, ignore_errors=True)
        assert not failures, '\n'.join(failures)


def pause(seconds):
    """A fault lasts as long as it lasts: there is no event to wait for."""
    time.sleep(seconds)

