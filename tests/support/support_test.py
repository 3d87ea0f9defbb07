"""The helpers of the end-to-end tests do what they say."""

import os
import socket
import subprocess
import threading
import time

import pytest

from flashpoll import Child, Client, EventStream, Journal, Lost, Postgres, eventually, raw


def test_a_server_keeps_what_is_committed_over_a_crash():
    with Postgres() as server:
        dsn = server.create_database()
        server.sql('create table t(a int, b text); insert into t values (1, null), (2, \'x\')', dsn)
        server.kill9()
        server.start()
        assert server.sql('select a, b from t order by a', dsn) == [['1', None], ['2', 'x']]
        assert server.sql('select 1 where false', dsn) == []
        with pytest.raises(AssertionError, match='syntax error'):
            server.sql('selec', dsn)
        directory = server.directory
    assert not directory.exists()


def test_a_frozen_server_answers_when_it_is_thawed():
    with Postgres() as server:
        with server.frozen():
            asked = subprocess.Popen([server.programs / 'psql', '-XqAtc', 'select 7', server.dsn()],
                                     stdout=subprocess.PIPE)
            with pytest.raises(subprocess.TimeoutExpired):
                asked.communicate(timeout=0.5)
        assert asked.communicate(timeout=20)[0] == b'7\n'


def test_a_child_ends_with_its_test(tmp_path):
    code = 'from processes import Child\n' \
           f'c = Child(["sleep", "300"], "{tmp_path}/log")\n' \
           f'open("{tmp_path}/pid", "w").write(str(c.pid))\n' \
           'import os; os.kill(os.getpid(), 9)\n'
    support = os.path.dirname(__file__)
    Child(['env', f'PYTHONPATH={support}', 'python3', '-c', code], tmp_path / 'out').wait(20)
    pid = int((tmp_path / 'pid').read_text())
    eventually(lambda: not os.path.exists(f'/proc/{pid}'), 10, 'the child is gone')


def test_waiting_fails_with_what_was_awaited():
    with pytest.raises(AssertionError, match='a miracle'):
        eventually(lambda: False, 0.05, 'a miracle')


def test_a_journal_leaves_out_what_was_cut_off(tmp_path):
    with Journal(tmp_path / 'j') as journal:
        journal.write('sent', n=1)
        journal.write('came', n=1)
        with open(tmp_path / 'j', 'a') as file:
            file.write('{"kind":"se')
        assert journal.read() == [{'kind': 'sent', 'n': 1}, {'kind': 'came', 'n': 1}]
        assert journal.read('came') == [{'kind': 'came', 'n': 1}]


class Scripted:
    """A server that says what it is told to, once per connection."""

    def __init__(self, *pieces, close=True):
        self.listener = socket.create_server(('127.0.0.1', 0))
        self.port = self.listener.getsockname()[1]
        self.pieces, self.close = pieces, close
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self):
        connection, _ = self.listener.accept()
        connection.recv(65536)
        for piece in self.pieces:
            connection.sendall(piece)
        if self.close:
            connection.close()
        else:
            self.kept = connection


def test_a_broken_connection_is_lost_and_not_repeated():
    server = Scripted(b'HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc')
    with pytest.raises(Lost):
        Client(server.port).get('/')


def test_a_problem_has_its_code():
    body = b'{"code":"already_voted"}'
    server = Scripted(b'HTTP/1.1 409 Conflict\r\nContent-Type: application/problem+json\r\n'
                      b'Content-Length: %d\r\n\r\n' % len(body) + body)
    answer = Client(server.port).post('/', {'a': 1})
    assert (answer.status, answer.code) == (409, 'already_voted')
    with pytest.raises(AssertionError, match='409'):
        answer.expect(201)


def test_events_are_read_as_they_come():
    server = Scripted(
        b'HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n',
        b'e\r\nretry: 2000\n\n:\r\n', b'2\r\n\n\n\r\n',
        b'2a\r\nid: 4\nevent: results\ndata: {"votes":[1]}\n\n\r\n', close=False)
    stream = EventStream(server.port, '/')
    event = stream.next()
    assert (event.kind, event.id, event.data) == ('results', '4', {'votes': [1]})
    assert (stream.retry_ms, stream.comments) == (2000, 1)
    with pytest.raises(AssertionError, match='no event'):
        stream.next(0.05)
    stream.close()


def test_raw_bytes_tell_whether_the_server_closed():
    assert raw(Scripted(b'bye').port, b'x') == (b'bye', True)
    began = time.monotonic()
    assert raw(Scripted(b'hello', close=False).port, b'x', timeout=0.2) == (b'hello', False)
    assert time.monotonic() - began < 5
