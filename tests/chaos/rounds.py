"""One round: new polls, steady load, a fault, its end, the check."""

import json
import random
import shutil
import signal
import threading
import time
from dataclasses import dataclass
from pathlib import Path

from flashpoll import Child, Client, Lost

from world import pause

HERE = Path(__file__).resolve().parent
POLLS, CLOSING_POLLS = 20, 2
CLOSES_IN_S = 15  # while something is broken
CHOICES = ('Pizza', 'Sushi', 'Salad')
AT_RATE_S = 4
RECOVERS_WITHIN_S = 10
LAST_ANSWERS_S = 120
CHECK_S = 300
LOOK_S = 0.25


@dataclass(frozen=True)
class Times:
    warm: float    # seconds in which the load must reach its rate; a new world takes longest
    steady: float  # in which the rate before the fault is measured
    after: float   # in which the load goes on when all is mended


class Watch:
    """Looks at every poll's result in the meantime, at the query nodes in turn, and notes what it
    saw: TIME POLL SEQ."""

    def __init__(self, nodes, polls, path):
        self.clients = [Client(node.port, timeout=2) for node in nodes]
        self.polls, self.file = polls, open(path, 'w', encoding='ascii')
        self.stopping = threading.Event()
        self.thread = threading.Thread(target=self._run)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.stopping.set()
        self.thread.join(30)
        self.file.close()

    def _run(self):
        turn = 0
        while not self.stopping.wait(LOOK_S):
            turn += 1
            try:
                for poll in self.polls:
                    answer = self.clients[turn % 2].get(f'/v1/polls/{poll}/results')
                    if answer.status == 200:
                        seq = answer.json()['seq']
                        self.file.write(f'{time.monotonic():.3f} {poll} {seq}\n')
            except Lost:
                continue


class Round:
    def __init__(self, world, fault, number, options):
        self.world, self.fault, self.number, self.options = world, fault, number, options
        self.folder = world.directory / f'{fault.name}-{number}'
        (self.folder / 'journals').mkdir(parents=True)
        self.marks, self.what = {}, ''

    def run(self):
        """The figures: `violations` is how many there are, `named` the first of them, `slow`
        what took too long."""
        since_ms = int(time.time() * 1000) - 1000
        polls = [self._open(allow_change=n % 2 == 0) for n in range(POLLS)]
        closing = [self._open(closes_in=CLOSES_IN_S) for _ in range(CLOSING_POLLS)]
        load = self._load(polls, closing)
        try:
            with Watch(self.world.query, [poll['id'] for poll in polls], self.folder / 'watched'):
                self._break_and_mend(load)
            load.signal(signal.SIGTERM)
            load.wait(LAST_ANSWERS_S)
        finally:
            load.end(signal.SIGKILL, 10)
        figures = self._check(polls, closing, since_ms)
        said, code = self.world.verify()
        if code != 0:
            figures['named'].append(f'verify ended with {code}: {said}')
            figures['violations'] += 1
        if figures['violations'] or figures['slow']:
            for log in self.world.logs():
                shutil.copy(log, self.folder)
        return {'fault': self.fault.name, 'round': self.number, 'what': self.what, **figures}

    def _open(self, **members):
        poll = self.world.command[0].client().open_poll(*CHOICES, **members)['id']
        return {'id': poll, 'choices': len(CHOICES),
                'allow_change': members.get('allow_change', False)}

    def _load(self, polls, closing):
        plan = {'ports': self.world.ports, 'rate': self.options.rate,
                'clients': self.options.clients, 'journals': str(self.folder / 'journals'),
                'seed': random.getrandbits(32), 'polls': polls + closing}
        return self._start('load', plan)

    def _start(self, program, plan):
        path = self.folder / f'{program}.json'
        path.write_text(json.dumps(plan))
        return Child(['python3', '-B', HERE / f'{program}.py', path],
                     self.folder / f'{program}.log')

    def _mark(self, name):
        self.marks[name] = time.monotonic()

    def _break_and_mend(self, load):
        times = self.options.times
        self._warm_up(load, times.warm)
        self._mark('steady')
        pause(times.steady)
        assert load.running(), load.log_text()
        self._mark('fault')
        steps = self.fault.steps(self.world, self.number)
        self.what = next(steps)
        pause(random.uniform(*self.fault.seconds))
        next(steps, None)
        self.world.wait_healed()
        self._mark('healed')
        pause(times.after)
        self._mark('end')

    def _warm_up(self, load, seconds):
        """Until the load has gone at its rate for a while; the check tells when it never did."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            last = [int(line) for line in load.log_text().split()[-AT_RATE_S:]]
            if len(last) == AT_RATE_S and sum(last) >= 0.97 * AT_RATE_S * self.options.rate:
                return
            pause(0.1)

    def _check(self, polls, closing, since_ms):
        ledger = {'dsn': self.world.dsn}
        if self.world.kafka:
            ledger = {'servers': self.world.kafka.servers, 'topic': self.world.ledger.topic}
        check = self._start('check', {
            'ledger': ledger, 'dsn': self.world.dsn,
            'polls': [poll['id'] for poll in polls + closing],
            'open_polls': [poll['id'] for poll in polls],
            'journals': str(self.folder / 'journals'), 'watched': str(self.folder / 'watched'),
            'since_ms': since_ms, 'query_ports': [node.port for node in self.world.query],
            'marks': self.marks, 'rate': self.options.rate,
            'recovers_within': min(RECOVERS_WITHIN_S, self.options.times.after - 2),
            'reads_within': self.fault.reads_within})
        try:
            check.wait(CHECK_S)
            return json.loads(check.log_text().splitlines()[-1])
        except (ValueError, IndexError):
            return {'violations': 1, 'slow': [],
                    'named': [f'the check failed: {check.log_text()[-3000:]}']}
        finally:
            check.end(signal.SIGKILL, 10)
