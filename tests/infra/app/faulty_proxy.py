"""A proxy before a node that spoils chosen answers, after the node has given them."""

import http.client
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class FaultyProxy:
    """`spoil(method, ending, how)`: the next answer to such a request is lost (`lost`: the
    connection ends), or replaced (a status and the body of a problem). All others pass."""

    def __init__(self, port):
        proxy = self
        self.target = port
        self.plans = []
        self.votes = []  # bodies of ballots

        class Handler(BaseHTTPRequestHandler):
            protocol_version = 'HTTP/1.1'

            def handle_any(self):
                proxy.handle(self)

            do_GET = do_POST = do_DELETE = handle_any

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(('127.0.0.1', 0), Handler)
        self.server.daemon_threads = True
        self.url = f'http://127.0.0.1:{self.server.server_port}'
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.02,))

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.thread.join(10)
        self.server.server_close()

    def spoil(self, method, ending, how, times=1):
        self.plans += [(method, ending, how)] * times

    def handle(self, request):
        body = request.rfile.read(int(request.headers.get('Content-Length', 0)))
        node = http.client.HTTPConnection('127.0.0.1', self.target, timeout=20)
        node.request(request.command, request.path, body or None, dict(request.headers))
        answer = node.getresponse()
        plan = self._plan_for(request)
        request.close_connection = True
        if request.path.endswith('/votes'):
            self.votes.append(body)
        if plan and plan[2] == 'lost':
            self._stream_once(request, answer)
        elif plan:
            status, text = plan[2]
            answer.read()
            self._answer(request, status, [('Content-Type', 'application/problem+json')],
                         text.encode())
        elif answer.headers.get('Content-Type', '').startswith('text/event-stream'):
            self._pass_stream(request, answer)
        else:
            self._answer(request, answer.status, answer.getheaders(), answer.read())
        node.close()

    def _plan_for(self, request):
        for plan in self.plans:
            if plan[0] == request.command and request.path.endswith(plan[1]):
                self.plans.remove(plan)
                return plan
        return None

    @staticmethod
    def _answer(request, status, headers, body):
        request.send_response_only(status)
        for name, value in headers:
            if name.lower() not in ('content-length', 'transfer-encoding', 'connection'):
                request.send_header(name, value)
        request.send_header('Content-Length', str(len(body)))
        request.end_headers()
        request.wfile.write(body)

    @staticmethod
    def _begin_stream(request, answer):
        request.send_response_only(answer.status)
        request.send_header('Content-Type', 'text/event-stream')
        request.send_header('Transfer-Encoding', 'chunked')
        request.end_headers()

    def _stream_once(self, request, answer):
        """Of a stream the first event passes; of anything else, nothing."""
        if not answer.headers.get('Content-Type', '').startswith('text/event-stream'):
            return answer.read()
        self._begin_stream(request, answer)
        lines = b''
        while b'data:' not in lines or not lines.endswith(b'\n\n'):
            lines += answer.readline()
        request.wfile.write(b'%x\r\n%s\r\n' % (len(lines), lines))
        return None

    def _pass_stream(self, request, answer):
        self._begin_stream(request, answer)
        for line in iter(answer.readline, b''):
            request.wfile.write(b'%x\r\n%s\r\n' % (len(line), line))
        request.wfile.write(b'0\r\n\r\n')
