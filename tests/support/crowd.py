"""Many clients at once, each with one connection. One thread; standard library only."""

import email
import json
import resource
import selectors
import socket
import time

from api_client import Answer


class Crowd:
    """`with Crowd(port, requests) as crowd:` connects one client for each request."""

    def __init__(self, port, requests):
        _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
        self.selector = selectors.DefaultSelector()
        self.members = [_Member(number, port, request) for number, request in enumerate(requests)]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for member in self.members:
            member.connection.close()
        self.selector.close()

    def ask(self):
        """All at once."""
        for member in self.members:
            self.selector.register(member.connection, selectors.EVENT_WRITE, member)

    def answers(self, timeout, enough=lambda answers: False):
        """By the numbers of the requests: all, or those that have come when there are enough."""
        until = time.monotonic() + timeout
        answers = {member.number: member.answer for member in self.members if member.answer}
        while len(answers) < len(self.members) and not enough(answers):
            missing = len(self.members) - len(answers)
            assert time.monotonic() < until, f'{missing} answers are not there after {timeout} s'
            for key, events in self.selector.select(0.1):
                key.data.go_on(self.selector, events)
                if key.data.answer:
                    answers[key.data.number] = key.data.answer
        return answers


class _Member:
    def __init__(self, number, port, request):
        self.number = number
        self.connection = socket.create_connection(('127.0.0.1', port), 10)
        self.connection.setblocking(False)
        self.unsent = memoryview(request)
        self.received = b''
        self.answer = None

    def go_on(self, selector, events):
        if events & selectors.EVENT_WRITE:
            self.unsent = self.unsent[self.connection.send(self.unsent):]
            if not self.unsent:
                selector.modify(self.connection, selectors.EVENT_READ, self)
        else:
            piece = self.connection.recv(65536)
            assert piece, f'closed after {self.received!r}'
            self.received += piece
            self.answer = _parse(self.received)
            if self.answer:
                selector.unregister(self.connection)


def _parse(text):
    """None while something is missing."""
    head, found, body = text.partition(b'\r\n\r\n')
    if not found:
        return None
    first, fields = head.decode().split('\r\n', 1)
    headers = email.message_from_string(fields)
    if len(body) < int(headers['Content-Length']):
        return None
    return Answer(int(first.split()[1]), headers, body)


def request(method, path, body=None, **headers):
    """The bytes of one. Header names are written with `_`."""
    sent = b'' if body is None else json.dumps(body).encode()
    fields = {'Host': 'localhost', 'Content-Length': len(sent), **headers}
    if body is not None:
        fields['Content-Type'] = 'application/json'
    lines = ''.join(f'{name.replace("_", "-")}: {value}\r\n' for name, value in fields.items())
    return f'{method} {path} HTTP/1.1\r\n{lines}\r\n'.encode() + sent
