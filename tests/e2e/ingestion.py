"""One bulk ingestion over a bare socket: lines go out, answers come in, in any interleaving."""

import json
import re
import socket
import uuid

from flashpoll import INGEST_TOKEN


def line(poll, voter, *choices, **members):
    """A ballot as a line of the body; a member that is None is left out."""
    ballot = {'poll': poll, 'voter': voter, 'choices': list(choices) or [0],
              'vote_id': str(uuid.uuid4()), **members}
    return json.dumps({key: value for key, value in ballot.items() if value is not None})


class Ingestion:
    """`with Ingestion(port) as bulk: bulk.send(line, …); bulk.answers(1); bulk.end()`."""

    def __init__(self, port, token=INGEST_TOKEN, receive_bytes=None, timeout=30):
        self.socket = socket.socket()
        if receive_bytes:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_bytes)
        self.socket.settimeout(timeout)
        self.socket.connect(('127.0.0.1', port))
        self.received = b''
        self.socket.sendall(
            f'POST /v1/votes HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer {token}\r\n'
            'Content-Type: application/x-ndjson\r\nTransfer-Encoding: chunked\r\n\r\n'.encode())

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def send(self, *lines):
        self.send_bytes(''.join(one + '\n' for one in lines).encode())

    def send_bytes(self, piece):
        self.socket.sendall(b'%x\r\n%s\r\n' % (len(piece), piece))

    def finish(self):
        """The body is whole."""
        self.socket.sendall(b'0\r\n\r\n')

    def _read(self):
        try:
            piece = self.socket.recv(1 << 16)
        except ConnectionError:
            piece = b''
        self.received += piece
        return bool(piece)

    def _lines(self):
        """What came so far, as answers: chunk sizes are lines without a brace."""
        text = self.received.partition(b'\r\n\r\n')[2]
        whole = re.sub(rb'(?:\A|\r\n)[0-9a-f]+\r\n', b'', text)
        return [json.loads(one) for one in whole.split(b'\n')[:-1] if one.startswith(b'{')]

    def answers(self, count):
        """The first answers, so many; waits for them."""
        while len(self._lines()) < count:
            assert self._read(), self.received[-1000:]
        return self._lines()[:count]

    def rest(self):
        """All answers, to the end of the connection."""
        while self._read():
            pass
        return self._lines()

    @property
    def is_whole(self):
        return self.received.endswith(b'\r\n0\r\n\r\n')


def ingest(port, *lines, **options):
    """All lines at once: their answers and the sum."""
    with Ingestion(port, **options) as bulk:
        bulk.send(*lines)
        bulk.finish()
        *answers, summary = bulk.rest()
        assert bulk.is_whole
        return answers, summary
