#!/usr/bin/env python3
"""proxy.py CONTROL LINKS: a TCP proxy of many links in one process.

LINKS is a file of JSON: [{"link": name, "port": listens on 127.0.0.1, "target": port or path of a
Unix socket}, …]; several may have one name. CONTROL is a Unix socket that takes lines of JSON,
{"link": name, "mode": mode, "ms": …}, and answers each by a line when it is in force:

  pass    bytes go through
  delay   each round trip takes `ms` longer, half of it on each way
  hole    nothing comes through and nobody is told; what is held goes on when the hole ends
  cut     connections are reset, new ones refused
  reset   connections are reset now and about twice a second; new ones pass in between
"""

import collections
import heapq
import itertools
import json
import os
import random
import select
import socket
import struct
import sys
import time

CHUNK = 65536
HELD = 1 << 20  # bytes that one direction of a connection holds back before it stops reading
RESET_EVERY = (0.3, 0.7)
IN, OUT, GONE = select.EPOLLIN, select.EPOLLOUT, select.EPOLLHUP | select.EPOLLERR
_ABORT = struct.pack('ii', 1, 0)


class Link:
    def __init__(self, name):
        self.name, self.mode, self.half_s = name, 'pass', 0
        self.doors, self.pairs = [], set()
        self.next_reset = 0


class Door:
    """A listening socket."""

    def __init__(self, link, port, target):
        self.link, self.target = link, target
        self.socket = socket.socket()
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind(('127.0.0.1', port))
        self.socket.listen(256)
        self.socket.setblocking(False)


class End:
    """One socket of a connection, with what waits to be written to it."""

    __slots__ = ('socket', 'fd', 'other', 'pair', 'queue', 'size', 'mask', 'ended', 'gone')

    def __init__(self, sock, pair):
        self.socket, self.fd, self.pair = sock, sock.fileno(), pair
        self.queue, self.size = collections.deque(), 0  # of (when it may go, bytes)
        self.mask = None       # what epoll watches; None: not registered
        self.ended = False     # nothing more is to come from it
        self.gone = False      # reset by its peer while the link was a hole


class Pair:
    def __init__(self, link, accepted, dialled):
        self.link, self.connecting = link, True
        self.a, self.b = End(accepted, self), End(dialled, self)
        self.a.other, self.b.other = self.b, self.a


class Proxy:
    def __init__(self, control, links):
        self.epoll = select.epoll()
        self.links, self.by_fd, self.timers = {}, {}, []
        self.order = itertools.count()
        for each in links:
            link = self.links.setdefault(each['link'], Link(each['link']))
            door = Door(link, each['port'], each['target'])
            link.doors.append(door)
            self._register(door.socket, door)
        self.control = socket.socket(socket.AF_UNIX)
        self.control.bind(control)
        self.control.listen(1)
        self.epoll.register(self.control, IN)
        self.master, self.words = None, b''

    def _register(self, sock, thing):
        self.by_fd[sock.fileno()] = thing
        self.epoll.register(sock, IN)

    def run(self):
        while True:
            for fd, mask in self.epoll.poll(self._wait()):
                thing = self.by_fd.get(fd)
                if type(thing) is End:
                    self._on_end(thing, mask)
                elif type(thing) is Door:
                    self._accept(thing)
                elif fd == self.control.fileno():
                    self._take_master()
                elif self.master and fd == self.master.fileno() and not self._obey():
                    return
            self._on_time()

    def _wait(self):
        due = [self.timers[0][0]] if self.timers else []
        due += [link.next_reset for link in self.links.values() if link.mode == 'reset']
        return max(0, min(due) - time.monotonic()) if due else -1

    def _on_time(self):
        now = time.monotonic()
        while self.timers and self.timers[0][0] <= now:
            self._flush(heapq.heappop(self.timers)[2])
        for link in self.links.values():
            if link.mode == 'reset' and link.next_reset <= now:
                self._abort_all(link)
                link.next_reset = now + random.uniform(*RESET_EVERY)

    # Orders.

    def _take_master(self):
        self.master, _ = self.control.accept()
        self.epoll.register(self.master, IN)

    def _obey(self):
        data = self.master.recv(CHUNK)
        self.words += data
        while b'\n' in self.words:
            line, self.words = self.words.split(b'\n', 1)
            order = json.loads(line)
            self._change(self.links[order['link']], order['mode'], order.get('ms', 0))
            self.master.sendall(b'done\n')
        return bool(data)

    def _change(self, link, mode, ms):
        before, link.mode, link.half_s = link.mode, mode, ms / 2000
        link.next_reset = time.monotonic()
        if mode == 'cut':
            self._abort_all(link)
        for door in link.doors:
            if 'cut' in (mode, before) and mode != before:
                # Linux: a listening socket that was shut down keeps its port and refuses.
                door.socket.listen(256) if before == 'cut' else door.socket.shutdown(
                    socket.SHUT_RDWR)
            self.epoll.modify(door.socket, 0 if mode in ('hole', 'cut') else IN)
        for pair in list(link.pairs):
            if mode != 'hole' and (pair.a.gone or pair.b.gone):
                self._abort(pair)
                continue
            for end in (pair.a, pair.b):
                self._flush(end)

    # Connections.

    def _accept(self, door):
        if door.link.mode in ('hole', 'cut'):
            return
        try:
            accepted, _ = door.socket.accept()
        except OSError:
            return
        local = isinstance(door.target, str)
        dialled = socket.socket(socket.AF_UNIX if local else socket.AF_INET)
        for sock in (accepted, dialled):
            sock.setblocking(False)
        pair = Pair(door.link, accepted, dialled)
        door.link.pairs.add(pair)
        for end in (pair.a, pair.b):
            self.by_fd[end.fd] = end
            if end.socket.family == socket.AF_INET:
                end.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            dialled.connect(door.target if local else ('127.0.0.1', door.target))
        except BlockingIOError:
            pass
        except OSError:
            self._abort(pair)
            return
        self._watch(pair.a)
        self._watch(pair.b)

    def _watch(self, end):
        """Asks the kernel for what the end can do next."""
        pair, mask = end.pair, 0
        if pair.connecting:
            mask = OUT if end is pair.b else 0
        elif pair.link.mode != 'hole':
            if not end.ended and end.other.size < HELD:
                mask = IN
            if end.queue and end.queue[0][0] == 0:
                mask |= OUT
        if end.gone or mask == end.mask:
            return
        if end.mask is None:
            self.epoll.register(end.fd, mask)
        else:
            self.epoll.modify(end.fd, mask)
        end.mask = mask

    def _on_end(self, end, mask):
        pair = end.pair
        if pair.connecting and end is pair.b:
            pair.connecting = False
            if pair.b.socket.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR):
                self._abort(pair)
                return
            self._watch(pair.a)
            self._watch(pair.b)
            return
        if mask & IN:
            self._read(end)
        elif mask & GONE and pair.link.mode == 'hole':
            self.epoll.unregister(end.fd)
            end.gone = True
            return
        elif mask & GONE:
            self._abort(pair)
            return
        if mask & OUT and self._lives(end):
            self._flush(end)

    def _read(self, end):
        pair, sink = end.pair, end.other
        try:
            data = end.socket.recv(CHUNK)
        except BlockingIOError:
            return
        except OSError:
            self._abort(pair)
            return
        if not data:
            end.ended = True
            self._flush(sink)
        elif pair.link.mode == 'delay':
            due = time.monotonic() + pair.link.half_s
            self._hold(sink, due, data)
            heapq.heappush(self.timers, (due, next(self.order), sink))
        elif sink.queue:
            self._hold(sink, 0, data)
        else:
            self._send(sink, data)
        if self._lives(end):
            self._watch(end)

    def _hold(self, sink, due, data):
        sink.queue.append((due, data))
        sink.size += len(data)

    def _send(self, sink, data):
        """Whether all of it went; else the rest waits for the kernel."""
        try:
            sent = sink.socket.send(data)
        except BlockingIOError:
            sent = 0
        except OSError:
            self._abort(sink.pair)
            return False
        if sent == len(data):
            return True
        sink.queue.appendleft((0, data[sent:]))
        sink.size += len(data) - sent
        self._watch(sink)
        return False

    def _flush(self, sink):
        pair, now = sink.pair, time.monotonic()
        while sink.queue and pair.link.mode != 'hole' and self._lives(sink):
            due, data = sink.queue[0]
            if due > now and pair.link.mode == 'delay':
                break
            sink.queue.popleft()
            sink.size -= len(data)
            if not self._send(sink, data):
                break
        if not self._lives(sink):
            return
        if not sink.queue and sink.other.ended:
            self._close(pair)
        else:
            self._watch(sink)
            self._watch(sink.other)

    def _lives(self, end):
        return self.by_fd.get(end.fd) is end

    def _abort_all(self, link):
        for pair in list(link.pairs):
            self._abort(pair)

    def _abort(self, pair):
        for end in (pair.a, pair.b):
            if end.socket.family == socket.AF_INET and self._lives(end):
                end.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _ABORT)
        self._close(pair)

    def _close(self, pair):
        pair.link.pairs.discard(pair)
        for end in (pair.a, pair.b):
            if self._lives(end):
                del self.by_fd[end.fd]
                end.socket.close()


def main():
    control, links = sys.argv[1:]
    with open(links, encoding='utf-8') as file:
        Proxy(control, json.load(file)).run()
    os.unlink(control)


if __name__ == '__main__':
    main()
