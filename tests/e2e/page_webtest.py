"""The browser tests of tests/web, in real Chromium, on a real node that they can restart."""

import http.server
import os
import queue
import subprocess
import threading
from pathlib import Path

from flashpoll import binary

SOURCE = Path(os.environ['FLASHPOLL_SOURCE'])


class Restarts:
    """`command` asks for a restart and returns when it was done; `serve` does what was asked for on
    the thread that calls it, as a node ends with the thread that started it."""

    def __init__(self):
        self.asked = queue.Queue()
        asked = self.asked

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                done = threading.Event()
                asked.put(done)
                self.send_response(204 if done.wait(60) else 500)
                self.end_headers()

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(('127.0.0.1', 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.command = f'curl -fsS http://127.0.0.1:{self.server.server_port}/'

    def serve(self, restart, wait):
        try:
            done = self.asked.get(timeout=wait)
        except queue.Empty:
            return
        restart()
        done.set()

    def close(self):
        self.server.shutdown()
        self.server.server_close()


def test_the_page_in_a_browser(site):
    node = site.node().start()
    restarts = Restarts()
    pages = Path(binary()).parents[2] / 'query/web/dist'
    environment = {**os.environ, 'FLASHPOLL_URL': node.url, 'FLASHPOLL_WEB_OUT': str(pages),
                   'FLASHPOLL_RESTART_CMD': restarts.command}
    with subprocess.Popen(['npm', 'test', '--silent'], cwd=SOURCE / 'tests/web',
                          env=environment) as browser:
        while browser.poll() is None:
            restarts.serve(node.restart, wait=0.2)
    restarts.close()
    assert browser.returncode == 0
