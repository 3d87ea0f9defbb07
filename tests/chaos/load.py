#!/usr/bin/env python3
"""load.py PLAN: steady votes from many clients, each with its own journal, until SIGTERM; then each
client still gets its last answer. Prints how many requests ended in each second. PLAN is a file of
JSON: {"ports": of the command nodes, "polls": [{"id", "choices", "allow_change"}], "rate": votes a
second, "clients", "journals": folder, "seed"}.

A client has one connection and one request at a time. It sends that request again, the very same,
after a 503 or a lost connection and to the nodes in turn, until there is a receipt or a refusal.
Journals are lines of words, parted by tabs; the times are CLOCK_MONOTONIC in seconds:

  ask  TIME NUMBER KIND POLL VOTE_ID CHOICES REPLACES TOKEN  before the first sending ('-': none)
  try  TIME NUMBER NODE                                      before each sending
  got  TIME NUMBER STATUS SEQ AT CODE                        an answer
  lost TIME NUMBER WHY                                       no answer

KIND: first (a new voter), twin (the same first ballot, sent by two clients at once), change,
retract, again (a second ballot, which must be refused).
"""

import collections
import errno
import heapq
import itertools
import json
import os
import random
import select
import signal
import socket
import sys
import time
import uuid

ANSWER_WITHIN = 8      # seconds; a node gives its answer, even 503, after 5
LAST_ANSWERS_WITHIN = 90
PAUSES = (0.05, 1.0)   # before a request is sent again: the first, doubled up to the longest
HOME_AFTER = 5         # seconds at another node, then a client tries its own again
BEHIND = 0.5           # seconds of votes that are made up for after a stall
AGAIN, TWIN, CHANGE, RETRACT = 0.02, 0.02, 0.3, 0.5  # how often a ballot is followed by such
IN, OUT = select.EPOLLIN, select.EPOLLOUT


class Request:
    __slots__ = ('kind', 'poll', 'vote_id', 'choices', 'replaces', 'token', 'home')

    def __init__(self, kind, poll, choices, vote_id=None, replaces=None, token=None, home=None):
        self.kind, self.poll, self.choices = kind, poll, choices
        self.vote_id, self.replaces, self.token = vote_id or new_id(), replaces, token
        self.home = home  # the node it has to begin with

    def text(self):
        token = f'Voter-Token: {self.token}\r\n' if self.token else ''
        path = f'/v1/polls/{self.poll["id"]}/votes'
        if self.kind == 'retract':
            return f'DELETE {path}/{self.replaces} HTTP/1.1\r\nHost: c\r\n{token}\r\n'.encode()
        more = f',"replaces":{self.replaces}' if self.replaces is not None else ''
        body = f'{{"choices":[{self.choices}],"vote_id":"{self.vote_id}"{more}}}'
        return (f'POST {path} HTTP/1.1\r\nHost: c\r\nContent-Type: application/json\r\n{token}'
                f'Content-Length: {len(body)}\r\n\r\n{body}').encode()

    def line(self, number):
        cells = ('ask', f'{time.monotonic():.6f}', number, self.kind, self.poll['id'],
                 self.vote_id, self.choices, self.replaces, self.token)
        return '\t'.join('-' if cell is None else str(cell) for cell in cells) + '\n'


def new_id():
    return str(uuid.UUID(int=random.getrandbits(128), version=4))


class Connection:
    def __init__(self, port):
        self.socket = socket.socket()
        self.socket.setblocking(False)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.received = b''
        self.ready = False
        code = self.socket.connect_ex(('127.0.0.1', port))
        if code not in (0, errno.EINPROGRESS):
            raise OSError(code, os.strerror(code))

    def answer(self):
        """(status, head, body) when it is whole."""
        data = self.socket.recv(65536)
        if not data:
            raise OSError('closed')
        self.received += data
        end = self.received.find(b'\r\n\r\n')
        if end < 0:
            return None
        head = self.received[:end].decode('latin-1')
        at = head.find('Content-Length: ')
        if at < 0:
            raise OSError('no length')
        length = int(head[at + 16:].split('\r', 1)[0])
        body = self.received[end + 4:]
        if len(body) < length:
            return None
        self.received = b''
        return int(head[9:12]), head, body


class Client:
    def __init__(self, load, number):
        self.load, self.home = load, number % len(load.ports)
        self.connection = self.request = None
        self.node = self.home
        self.home_again = 0
        self.asked = self.tries = 0
        self.until = None  # when the answer is given up
        path = os.path.join(load.journals, f'client-{number:03}')
        self.journal = open(path, 'w', encoding='ascii', buffering=1 << 16)

    def begin(self, request):
        self.request, self.tries = request, 0
        self.asked += 1
        node = request.home
        if node is None:
            node = self.home if time.monotonic() > self.home_again else self.node
        if node != self.node:
            self.hang_up()
            self.node = node
        self.journal.write(request.line(self.asked))
        self.send()

    def send(self):
        now = time.monotonic()
        self.tries += 1
        self.until = now + ANSWER_WITHIN
        self.journal.write(f'try\t{now:.6f}\t{self.asked}\t{self.node}\n')
        try:
            if self.connection is None:
                self.connection = Connection(self.load.ports[self.node])
                self.load.watch(self, OUT)
            elif self.connection.ready:
                self.connection.socket.send(self.request.text())
        except OSError as error:
            self.lose(error)

    def on_event(self, mask):
        connection = self.connection
        try:
            if not connection.ready:
                code = connection.socket.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
                if code:
                    raise OSError(code, os.strerror(code))
                connection.ready = True
                self.load.epoll.modify(connection.socket, IN)
                connection.socket.send(self.request.text())
            elif mask & (IN | select.EPOLLHUP | select.EPOLLERR):
                answer = connection.answer()
                if answer and self.request and self.until:
                    self.take(*answer)
        except OSError as error:
            self.lose(error)

    def hang_up(self):
        if self.connection:
            self.load.forget(self.connection)
            self.connection = None

    def lose(self, why):
        """The connection is of no use; with it goes what was asked on it, if anything was."""
        self.hang_up()
        if self.request and self.until:
            words = str(why).replace('\t', ' ')
            self.journal.write(f'lost\t{time.monotonic():.6f}\t{self.asked}\t{words}\n')
            self.again_later()

    def again_later(self):
        """At another node, as a gateway would."""
        self.until, self.home_again = None, time.monotonic() + HOME_AFTER
        self.hang_up()
        self.node = (self.node + 1) % len(self.load.ports)
        pause = min(PAUSES[0] * 2 ** (self.tries - 1), PAUSES[1]) * random.uniform(0.5, 1)
        self.load.later(time.monotonic() + pause, self)

    def take(self, status, head, body):
        told = json.loads(body)
        code = told.get('code', '-')
        told_at = told.get('receipt') or told if 'seq' not in told else told
        self.journal.write(f'got\t{time.monotonic():.6f}\t{self.asked}\t{status}\t'
                           f'{told_at.get("seq", "-")}\t{told_at.get("at", "-")}\t{code}\n')
        if status == 503:
            self.again_later()
            return
        self.until, request, self.request = None, self.request, None
        self.load.done(self, request, status, told, token_of(head) or request.token)


def token_of(head):
    at = head.find('\r\nVoter-Token: ')
    return head[at + 15:].split('\r', 1)[0] if at >= 0 else None


class Load:
    def __init__(self, plan):
        self.ports, self.polls = plan['ports'], plan['polls']
        self.journals, self.rate = plan['journals'], plan['rate']
        random.seed(plan['seed'])
        self.epoll, self.by_fd = select.epoll(), {}
        self.clients = [Client(self, n) for n in range(plan['clients'])]
        self.idle = collections.deque(self.clients)
        self.next_ones = collections.deque()  # what follows from earlier answers
        self.waiting, self.order = [], itertools.count()
        self.stopping = False
        self.ended, self.next_line = 0, time.monotonic() + 1

    def run(self):
        signal.signal(signal.SIGTERM, self._stop)
        due, look = time.monotonic(), 0
        while not self.stopping and self.polls:
            now = time.monotonic()
            due = max(due, now - BEHIND)
            while due <= now and self.idle and self.polls:
                self._start(self.idle.popleft())
                due += 1 / self.rate
            self._step(max(0, due - now) if self.idle else 0.05)
            if now >= look:
                look = now + 0.1
                self._housekeeping(now)
        until = time.monotonic() + LAST_ANSWERS_WITHIN
        while len(self.idle) < len(self.clients) and time.monotonic() < until:
            self._step(0.05)
            self._housekeeping(time.monotonic())
        for client in self.clients:
            client.journal.close()
        return len(self.idle) == len(self.clients)

    def _stop(self, *_):
        self.stopping = True

    def _step(self, wait):
        for fd, mask in self.epoll.poll(wait):
            client = self.by_fd.get(fd)
            if client:
                client.on_event(mask)
        now = time.monotonic()
        while self.waiting and self.waiting[0][0] <= now:
            heapq.heappop(self.waiting)[2].send()

    def _housekeeping(self, now):
        for client in self.clients:
            if client.until and client.until < now:
                client.lose('time-out')
            client.journal.flush()
        if now >= self.next_line:
            print(self.ended, flush=True)
            self.ended, self.next_line = 0, self.next_line + 1

    def watch(self, client, mask):
        fd = client.connection.socket.fileno()
        self.by_fd[fd] = client
        self.epoll.register(fd, mask)

    def forget(self, connection):
        del self.by_fd[connection.socket.fileno()]
        connection.socket.close()

    def later(self, when, client):
        heapq.heappush(self.waiting, (when, next(self.order), client))

    def _start(self, client):
        if self.next_ones:
            client.begin(self.next_ones.popleft())
            return
        poll = random.choice(self.polls)
        request = Request('first', poll, random.randrange(poll['choices']))
        if random.random() < TWIN:
            request.kind = 'twin'
            other = (client.node + 1) % len(self.ports)
            self.next_ones.append(Request('twin', poll, request.choices, request.vote_id,
                                          home=other))
        client.begin(request)

    def done(self, client, request, status, told, token):
        self.idle.append(client)
        self.ended += 1
        poll = request.poll
        if told.get('code') == 'poll_closed' and poll in self.polls:
            self.polls.remove(poll)
        if status not in (200, 201) or not token or self.stopping:
            return
        another = random.randrange(poll['choices'])
        if not poll['allow_change']:
            if request.kind == 'first' and random.random() < AGAIN:
                self.next_ones.append(Request('again', poll, another, token=token))
        elif request.kind == 'first' and random.random() < CHANGE:
            self.next_ones.append(Request('change', poll, another, replaces=told['seq'],
                                          token=token))
        elif request.kind == 'change' and random.random() < RETRACT:
            self.next_ones.append(Request('retract', poll, '-', vote_id='-',
                                          replaces=told['seq'], token=token))


def main():
    with open(sys.argv[1], encoding='utf-8') as file:
        load = Load(json.load(file))
    return 0 if load.run() else 1


if __name__ == '__main__':
    sys.exit(main())
