"""HTTP for tests: a client with one kept connection, and bytes over a bare socket."""

import http.client
import json
import socket
import time
from dataclasses import dataclass

BEHIND_S = 15


class Lost(Exception):
    """The connection broke or nobody answered in time: the outcome is unknown."""


@dataclass
class Answer:
    status: int
    headers: http.client.HTTPMessage
    body: bytes

    def json(self):
        return json.loads(self.body)

    @property
    def code(self):
        """The problem's code; None when the answer is no problem."""
        kind = self.headers.get('Content-Type', '')
        return self.json()['code'] if kind.startswith('application/problem+json') else None

    def expect(self, *statuses):
        assert self.status in statuses, f'{self.status}: {self.body[:2000]!r}'
        return self


def connect(port, timeout, tls=None):
    """An HTTP connection; `tls`: a client's SSLContext."""
    if tls:
        return http.client.HTTPSConnection('127.0.0.1', port, timeout=timeout, context=tls)
    return http.client.HTTPConnection('127.0.0.1', port, timeout=timeout)


class Client:
    """One connection, one thread. Keeps no cookies: a voter is a token that the test holds."""

    def __init__(self, port, headers=None, timeout=20, tls=None):
        self.port = port
        self.tls = tls
        self.headers = headers or {}
        self.timeout = timeout
        self.connection = None

    def request(self, method, path, body=None, **headers):
        """`body` is sent as it is when bytes, else as JSON. Header names are written with `_`.
        Never sends twice: what Lost means is the caller's to judge."""
        sent = {**self.headers, **{k.replace('_', '-'): str(v) for k, v in headers.items()}}
        if body is not None and not isinstance(body, bytes):
            body = json.dumps(body).encode()
            sent.setdefault('Content-Type', 'application/json')
        try:
            if self.connection is None:
                self.connection = connect(self.port, self.timeout, self.tls)
            self.connection.request(method, path, body, sent)
            answer = self.connection.getresponse()
            whole = Answer(answer.status, answer.headers, answer.read())
        except (OSError, http.client.HTTPException) as error:
            self.close()
            raise Lost(f'{method} {path}: {error!r}') from error
        if answer.will_close:
            self.close()
        return whole

    def get(self, path, **headers):
        return self.request('GET', path, **headers)

    def post(self, path, body=None, **headers):
        return self.request('POST', path, body, **headers)

    def delete(self, path, **headers):
        return self.request('DELETE', path, **headers)

    def open_poll(self, *choices, **members):
        """Body of the 201: id, manage_token, …"""
        body = {'question': 'What shall we have?', 'choices': list(choices) or ['Pizza', 'Sushi'],
                **members}
        return self.post('/v1/polls', body).expect(201).json()

    def vote(self, poll, *choices, token=None, **members):
        """The answer, whatever it is. Without a token, a new voter; it is in `Voter-Token` of the
        201."""
        headers = {'Voter_Token': token} if token else {}
        body = {'choices': list(choices), **members}
        return self.post(f'/v1/polls/{poll}/votes', body, **headers)

    def results(self, poll, query=''):
        """Asks again while the read side is behind: after a crash by the dead node's leases."""
        until = time.monotonic() + BEHIND_S
        while True:
            answer = self.get(f'/v1/polls/{poll}/results{query}')
            if answer.code != 'behind' or time.monotonic() > until:
                return answer.expect(200).json()

    def entries(self, poll, **filters):
        """All entries, page by page."""
        found, after = [], None
        while True:
            query = {**filters, **({'after': after} if after is not None else {})}
            text = '&'.join(f'{key}={value}' for key, value in query.items())
            page = self.get(f'/v1/polls/{poll}/entries?{text}').expect(200).json()
            found += page['entries']
            after = page.get('next')
            if after is None:
                return found

    def close(self):
        if self.connection is not None:
            self.connection.close()
            self.connection = None


def owner(poll):
    """Header of the one who opened it, from the body of the 201."""
    return {'Authorization': f'Bearer {poll["manage_token"]}'}


def raw(port, data, timeout=10, shut=False):
    """Sends bytes on a new connection and reads until the server closes or falls silent for
    `timeout` seconds. (what came, whether it was closed)."""
    received = b''
    with socket.create_connection(('127.0.0.1', port), timeout) as connection:
        try:
            connection.sendall(data)
            if shut:
                connection.shutdown(socket.SHUT_WR)
            while piece := connection.recv(65536):
                received += piece
        except TimeoutError:
            return received, False
        except (BrokenPipeError, ConnectionResetError):
            pass
    return received, True
