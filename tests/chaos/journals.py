"""The journals of the clients (load.py tells their form), read again."""

from dataclasses import dataclass, field
from pathlib import Path


@dataclass
class Asked:
    client: str
    kind: str
    poll: str
    vote_id: str
    choices: str
    replaces: str
    began: float
    tries: int = 0
    failures: list = field(default_factory=list)  # codes of 503, reasons of lost connections
    status: int = 0        # of the last answer, 0: none
    seq: str = '-'
    at: str = '-'
    code: str = '-'
    ended: float = 0

    @property
    def key(self):
        """What names the vote: a retraction has the entry that it takes back."""
        return (self.poll, self.vote_id if self.kind != 'retract' else f'-{self.replaces}')

    @property
    def acknowledged(self):
        return self.status in (200, 201)

    def __str__(self):
        return (f'{self.client} {self.kind} {self.poll} vote_id {self.vote_id} choices '
                f'{self.choices} replaces {self.replaces}: {self.tries} tries {self.failures}, '
                f'then {self.status} {self.code} seq {self.seq} at {self.at}')


def read(folder):
    """Every request of every client."""
    found = []
    for path in sorted(Path(folder).glob('client-*')):
        asked = None
        for line in path.read_text().splitlines():
            word, time, _, *rest = line.split('\t')
            if word == 'ask':
                kind, poll, vote_id, choices, replaces, _ = rest
                asked = Asked(path.name, kind, poll, vote_id, choices, replaces, float(time))
                found.append(asked)
            elif word == 'try':
                asked.tries += 1
            elif word == 'lost':
                asked.failures.append(rest[0])
            else:
                status, asked.seq, asked.at, asked.code = rest
                asked.status, asked.ended = int(status), float(time)
                if asked.status == 503:
                    asked.failures.append(asked.code)
                    asked.status = 0
    return found


class Rate:
    """Answers that ended a request, over time."""

    BIN = 0.1

    def __init__(self, asked):
        self.times = sorted(each.ended for each in asked if each.status)

    def over(self, start, end):
        """Per second."""
        return sum(start <= t < end for t in self.times) / (end - start) if end > start else 0

    def longest_stall(self, start, end):
        inside = [start] + [t for t in self.times if start <= t < end] + [end]
        return max(b - a for a, b in zip(inside, inside[1:]))

    def recovered(self, healed, end, wanted, window=2.0):
        """Seconds from `healed` until a window of 2 s begins with at least `wanted` a second; None
        when none does before `end`."""
        counts = [0] * (int((end - healed) / self.BIN) + 1)
        for t in self.times:
            if healed <= t < end:
                counts[int((t - healed) / self.BIN)] += 1
        width = round(window / self.BIN)
        for first in range(len(counts) - width):
            if sum(counts[first:first + width]) >= wanted * window:
                return first * self.BIN
        return None
