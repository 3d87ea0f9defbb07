"""The real nginx with the configuration of infra/deploy, before processes of separate roles."""

import os
import signal
import socket
import ssl
import subprocess
from pathlib import Path

from api_client import Client, connect
from processes import Child, eventually, free_port

_CONFIGURATION = Path(os.environ['FLASHPOLL_SOURCE']) / 'infra/deploy/nginx.conf'


def _servers(nodes):
    return ''.join(f'server 127.0.0.1:{node.port} max_fails=1 fail_timeout=2s;\n    '
                   for node in nodes)


class Gateway:
    """`with Gateway(directory) as gateway: gateway.start(commands, queries)`, lists of nodes. Its
    address comes first, for the nodes' settings. `balancer_port` takes connections that begin with
    a line of the PROXY protocol, as from a balancer before it: so a test has any address."""

    def __init__(self, directory):
        self.directory = Path(directory)
        self.port, self.plain_port, self.balancer_port = free_port(), free_port(), free_port()
        self.url = f'https://127.0.0.1:{self.port}'
        self.log = self.directory / 'gateway.log'
        self.access_log = self.directory / 'access.log'
        self.certificate = self.directory / 'certificate.pem'
        self.child = None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def start(self, commands, queries):
        self._make_certificate()
        configuration = self.directory / 'nginx.conf'
        configuration.write_text(self._configuration(commands, queries))
        # A master that is killed outright leaves its workers, hence SIGTERM.
        self.child = Child(
            [_program(), '-c', configuration, '-p', self.directory, '-e', self.log,
             '-g', f'daemon off; pid {self.directory}/nginx.pid;'],
            self.log, death_signal=signal.SIGTERM)
        eventually(lambda: _listens(self.port) or not self.child.running(), 10, self.log_text)
        assert self.child.running(), self.log_text()
        return self

    def _configuration(self, commands, queries):
        """The shipped one, with every line that is marked EDIT made this test's."""
        user = 'root' if os.geteuid() == 0 else 'nobody'
        edits = {
            'user www-data;': f'user {user};',
            'server 10.0.0.11:8080 max_fails=1 fail_timeout=2s;': _servers(commands),
            'server 10.0.0.12:8080 max_fails=1 fail_timeout=2s;': '',
            'server 10.0.0.21:8080 max_fails=1 fail_timeout=2s;': _servers(queries),
            'server 10.0.0.22:8080 max_fails=1 fail_timeout=2s;': '',
            'listen 80;': f'listen 127.0.0.1:{self.plain_port};',
            'listen 443 ssl http2;': f'''listen 127.0.0.1:{self.port} ssl http2;
    listen 127.0.0.1:{self.balancer_port} ssl proxy_protocol;
    set_real_ip_from 127.0.0.1;
    real_ip_header proxy_protocol;''',
            'vote.example.org;': '127.0.0.1;',
            '/etc/ssl/vote.example.org/fullchain.pem': str(self.certificate),
            '/etc/ssl/vote.example.org/privkey.pem': str(self.directory / 'key.pem'),
            '/var/log/nginx/error.log crit': f'{self.log} crit',
            '/var/log/nginx/access.log': str(self.access_log),
            'server_tokens off;': self._temporary_folders(),
        }
        text = _CONFIGURATION.read_text()
        for shipped, ours in edits.items():
            assert text.count(shipped) == 1, shipped
            text = text.replace(shipped, ours)
        return text

    def _temporary_folders(self):
        """The program may be unpacked only, without the folders that its package would make."""
        return '\n'.join(f'{name}_temp_path {self.directory}/{name};'
                         for name in ('client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'))

    def _make_certificate(self):
        subprocess.run(
            ['openssl', 'req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256',
             '-nodes', '-days', '2', '-subj', '/CN=gateway of the tests',
             '-addext', 'subjectAltName=IP:127.0.0.1',
             '-keyout', self.directory / 'key.pem', '-out', self.certificate],
            check=True, capture_output=True)

    def tls(self):
        """A client's view: this certificate and no other."""
        return ssl.create_default_context(cafile=self.certificate)

    def client(self, **headers):
        return Client(self.port, headers, tls=self.tls())

    def client_from(self, address):
        """One connection, of a client who has that IPv4 address."""
        client = Client(self.balancer_port, tls=self.tls())
        plain = socket.create_connection(('127.0.0.1', self.balancer_port), 20)
        plain.sendall(f'PROXY TCP4 {address} 127.0.0.1 40000 443\r\n'.encode())
        client.connection = connect(client.port, client.timeout, client.tls)
        client.connection.sock = client.tls.wrap_socket(plain, server_hostname='127.0.0.1')
        return client

    def log_text(self):
        return self.log.read_text(errors='replace') if self.log.exists() else ''

    def close(self):
        if self.child and self.child.running():
            self.child.end(signal.SIGTERM, 10)


def _program():
    """Installed, or where infra/dev/install has unpacked it."""
    cache = Path(os.environ.get('XDG_CACHE_HOME') or Path.home() / '.cache')
    places = [Path('/usr/sbin/nginx'), cache / 'flashpoll/nginx/usr/sbin/nginx']
    found = [path for path in places if os.access(path, os.X_OK)]
    assert found, 'there is no nginx: infra/dev/install test'
    return found[0]


def _listens(port):
    with socket.socket() as probe:
        return probe.connect_ex(('127.0.0.1', port)) == 0
