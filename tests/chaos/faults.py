"""What can go wrong, on purpose. Each fault is a generator: up to its `yield` it breaks something
and says what, after it it mends it. Seconds in the catalogue: how long it is left broken."""

import random
from dataclasses import dataclass
from typing import Callable

FAULTS = {}


@dataclass(frozen=True)
class Fault:
    name: str
    seconds: tuple       # from, to
    steps: Callable      # (world, round) -> generator
    needs: str = ''      # the ledger without which there is nothing to break
    reads_within: float = 0  # seconds in which the read side must go on, 0: no bound of its own


def _fault(name, seconds, **more):
    def add(steps):
        FAULTS[name] = Fault(name, seconds, steps, **more)
        return steps
    return add


def _broker(world, round_):
    """The leader of the most partitions in every other round, else any."""
    led = world.kafka.leaders(world.ledger.topic)
    broker = max(led, key=led.get) if round_ % 2 == 0 else random.choice(list(led))
    return broker, f'broker {broker}, which led {led[broker]} partitions'


@_fault('broker-kill', (6, 12), needs='kafka')
def _(world, round_):
    broker, what = _broker(world, round_)
    world.kafka.kill9(broker)
    yield what
    world.kafka.start(broker)


@_fault('broker-freeze', (10, 10), needs='kafka')
def _(world, round_):
    broker, what = _broker(world, round_)
    world.kafka.freeze(broker)
    yield what
    world.kafka.thaw(broker)


@_fault('brokers-down', (8, 12), needs='kafka')
def _(world, round_):
    victims = random.sample(list(world.kafka.numbers), 2)
    for broker in victims:
        world.kafka.kill9(broker)
    yield f'brokers {victims}: fewer than min.insync.replicas'
    world.kafka.start(*victims)


@_fault('command-kill', (3, 6))
def _(world, round_):
    node = world.command[round_ % 2]
    node.kill9()
    yield node.name
    node.start(ready=False)


@_fault('command-freeze', (20, 20))
def _(world, round_):
    node = world.command[round_ % 2]
    node.freeze()
    yield node.name
    node.thaw()


@_fault('projector-kill', (12, 12), reads_within=10)
def _(world, round_):
    node = world.writer_of_most()
    node.kill9()
    yield node.name
    node.start(ready=False)


@_fault('projector-freeze', (20, 20), reads_within=10)
def _(world, round_):
    node = world.writer_of_most()
    node.freeze()
    yield node.name
    node.thaw()


@_fault('postgres-kill', (1, 4))
def _(world, round_):
    world.postgres.kill9()
    yield 'PostgreSQL'
    world.postgres.start()


@_fault('rolling-restart', (0, 0))
def _(world, round_):
    yield 'every node, one after the other, in good order'
    for node in world.nodes():
        assert node.stop() == 0, node.log_text()[-2000:]
        node.start()


def _link_faults():
    modes = {'cut': ('cut', 0), 'hole': ('hole', 0), 'delay-200ms': ('delay', 200),
             'delay-2s': ('delay', 2000), 'reset': ('reset', 0)}
    links = {'clients-command': '', 'command-kafka': 'kafka', 'projector-kafka': 'kafka',
             'services-postgres': ''}
    for link, needs in links.items():
        for name, (mode, ms) in modes.items():
            _fault(f'{link}-{name}', (6, 12), needs=needs)(_link_fault(link, mode, ms))


def _link_fault(link, mode, ms):
    def steps(world, round_):
        # To each broker alone, then to all of them.
        chosen = f'{link}-{round_ % 5 + 1}' if 'kafka' in link and round_ % 5 < 3 else link
        world.proxy.order(chosen, mode, ms)
        yield f'{chosen}: {mode}'
        world.proxy.order(chosen, 'pass')
    return steps


_link_faults()
