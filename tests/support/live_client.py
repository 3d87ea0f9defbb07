"""Subscribers for tests: server-sent events and WebSocket, from the standard library."""

import base64
import hashlib
import http.client
import json
import os
import queue
import select
import socket
import struct
import threading
import time
from dataclasses import dataclass

from api_client import connect

TEXT, BINARY, CLOSE, PING, PONG = 1, 2, 8, 9, 10
_GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11'


@dataclass
class Event:
    kind: str
    id: str
    data: object
    at: float  # monotonic time of arrival


class EventStream:
    """GET of a stream. A thread of its own reads, `next` takes."""

    def __init__(self, port, path, timeout=30, tls=None, **headers):
        self.comments = 0
        self.retry_ms = None
        self._events = queue.Queue()
        self._connection = connect(port, timeout, tls)
        self._connection.request('GET', path, headers={
            'Accept': 'text/event-stream', **{k.replace('_', '-'): v for k, v in headers.items()}})
        self._socket = self._connection.sock
        self.answer = self._connection.getresponse()
        self.status = self.answer.status
        if self.status == 200:
            threading.Thread(target=self._read, daemon=True).start()

    def _read(self):
        kind, last_id, data = 'message', '', []
        try:
            while line := self.answer.readline():
                text = line.decode().rstrip('\r\n')
                name, _, value = text.partition(': ')
                if text.startswith(':'):
                    self.comments += 1
                elif name == 'event':
                    kind = value
                elif name == 'id':
                    last_id = value
                elif name == 'retry':
                    self.retry_ms = int(value)
                elif name == 'data':
                    data.append(value)
                elif not text and data:
                    whole = json.loads('\n'.join(data))
                    self._events.put(Event(kind, last_id, whole, time.monotonic()))
                    kind, data = 'message', []
        except (OSError, ValueError, AttributeError, http.client.HTTPException):
            pass
        self._events.put(None)

    def next(self, timeout=10):
        """The next event; None at the end. AssertionError when nothing comes in time."""
        try:
            event = self._events.get(timeout=timeout)
        except queue.Empty:
            raise AssertionError(f'no event within {timeout} s') from None
        if event is None:
            self._events.put(None)
        return event

    def until(self, wanted, timeout=10):
        """Events up to the first that `wanted` likes, that one included."""
        seen, end = [], time.monotonic() + timeout
        while True:
            seen.append(self.next(max(0.001, end - time.monotonic())))
            assert seen[-1] is not None, f'ended after {seen}'
            if wanted(seen[-1]):
                return seen

    def close(self):
        try:
            self._socket.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self._connection.close()


class WebSocket:
    """RFC 6455, one thread. Nothing is read unless asked for, so it can be a subscriber who never
    reads."""

    def __init__(self, port, path='/v1/ws', subprotocol='flashpoll.v1+json', receive_buffer=None,
                 tls=None, **headers):
        self._socket = socket.socket()
        if receive_buffer:
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self._socket.settimeout(20)
        self._socket.connect(('127.0.0.1', port))
        if tls:
            self._socket = tls.wrap_socket(self._socket, server_hostname='127.0.0.1')
        self._buffer = b''
        self.close_code = None
        key = base64.b64encode(os.urandom(16)).decode()
        lines = [f'GET {path} HTTP/1.1', f'Host: 127.0.0.1:{port}', 'Connection: Upgrade',
                 'Upgrade: websocket', 'Sec-WebSocket-Version: 13', f'Sec-WebSocket-Key: {key}']
        if subprotocol:
            lines.append(f'Sec-WebSocket-Protocol: {subprotocol}')
        lines += [f'{name.replace("_", "-")}: {value}' for name, value in headers.items()]
        self._socket.sendall('\r\n'.join([*lines, '', '']).encode())
        self.head = self._until_blank_line()
        self.status = int(self.head.split()[1])
        if self.status == 101:
            accept = base64.b64encode(hashlib.sha1((key + _GUID).encode()).digest()).decode()
            assert f'sec-websocket-accept: {accept.lower()}' in self.head.lower()

    def _until_blank_line(self):
        while b'\r\n\r\n' not in self._buffer:
            piece = self._socket.recv(4096)
            assert piece, f'closed after {self._buffer!r}'
            self._buffer += piece
        head, _, self._buffer = self._buffer.partition(b'\r\n\r\n')
        return head.decode()

    def send(self, message):
        """A text message: a str as it is, anything else as JSON."""
        text = message if isinstance(message, str) else json.dumps(message)
        self.send_frame(TEXT, text.encode())

    def send_frame(self, opcode, payload=b'', final=True, masked=True, reserved=0):
        """Also frames that the protocol forbids."""
        head = struct.pack('!B', (0x80 if final else 0) | reserved << 4 | opcode)
        flag, size = (0x80 if masked else 0), len(payload)
        if size < 126:
            head += struct.pack('!B', flag | size)
        elif size < 65536:
            head += struct.pack('!BH', flag | 126, size)
        else:
            head += struct.pack('!BQ', flag | 127, size)
        if masked:
            mask = os.urandom(4)
            head += mask
            payload = bytes(byte ^ mask[i % 4] for i, byte in enumerate(payload))
        self._socket.sendall(head + payload)

    def _take(self, size, until):
        while len(self._buffer) < size:
            ready, _, _ = select.select([self._socket], [], [], max(0, until - time.monotonic()))
            assert ready, 'nothing came in time'
            piece = self._socket.recv(65536)
            if not piece:
                raise EOFError
            self._buffer += piece
        taken, self._buffer = self._buffer[:size], self._buffer[size:]
        return taken

    def receive_frame(self, timeout=10):
        """(opcode, payload), pings included. EOFError when the server has gone."""
        until = time.monotonic() + timeout
        first, second = self._take(2, until)
        assert not second & 0x80, 'a server does not mask'
        size = second & 0x7f
        if size >= 126:
            size = int.from_bytes(self._take(2 if size == 126 else 8, until), 'big')
        assert first & 0x80, 'whole messages only'
        return first & 0x0f, self._take(size, until)

    def receive(self, timeout=10):
        """The next message as JSON; answers pings. None at the end: see `close_code`."""
        until = time.monotonic() + timeout
        while True:
            try:
                opcode, payload = self.receive_frame(max(0.001, until - time.monotonic()))
            except (EOFError, ConnectionResetError):
                return None
            if opcode == PING:
                self.send_frame(PONG, payload)
            elif opcode == CLOSE:
                self.close_code = int.from_bytes(payload[:2], 'big') if payload else 1005
                return None
            elif opcode == TEXT:
                return json.loads(payload)

    def subscribe(self, poll, **members):
        self.send({'subscribe': poll, **members})

    def close(self):
        self._socket.close()
