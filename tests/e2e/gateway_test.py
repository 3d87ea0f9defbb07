"""Roles apart behind the real nginx, with the configuration and the TLS of infra/deploy."""

import http.client
import re
import socket
import ssl
import statistics
import threading
import time
import uuid
import warnings

import pytest

from audit import audited, export
from flashpoll import Client, EventStream, Gateway, Lost, WebSocket, eventually

FORM = 'application/x-www-form-urlencoded'


@pytest.fixture(scope='module')
def deployment(servers):
    """Two command, two projector and two query nodes behind a gateway."""
    with servers.site() as site, Gateway(site.directory) as gateway:
        settings = {'public_url': gateway.url, 'trusted_proxies': ['127.0.0.1'],
                    'limits__openings_per_minute': 1}  # not of the loopback
        site.roles = {role: [site.node(role, **settings).start() for _ in range(2)]
                      for role in ('command', 'projector', 'query')}
        site.gateway = gateway.start(site.roles['command'], site.roles['query'])
        yield site


@pytest.fixture
def gateway(deployment):
    return deployment.gateway


def vote(client, poll, choice=0, **headers):
    """Until it is 201, or 200 for a repeat: the receipt, and how often it was sent."""
    body = {'choices': [choice], 'vote_id': str(uuid.uuid4())}
    until = time.monotonic() + 20
    for times in range(1, 1000):
        try:
            answer = client.post(f'/v1/polls/{poll}/votes', body, **headers)
            if answer.status != 503:
                return answer.expect(200, 201).json(), times
        except Lost:
            pass
        assert time.monotonic() < until, 'the vote was not taken'
        time.sleep(0.02)


def test_commands_and_queries_find_their_role(gateway):
    client = gateway.client()
    assert client.get('/').expect(200).headers['Content-Type'].startswith('text/html')
    poll = client.open_poll('Pizza', 'Sushi')
    for number in range(20):
        receipt = client.vote(poll['id'], number % 2).expect(201).json()
        assert client.results(poll['id'], f'?min_seq={receipt["seq"]}')['voters'] == number + 1
    assert audited(client, poll['id'], 20).votes() == [10, 10]
    assert client.get(f'/v1/polls/{poll["id"]}/qr.svg').expect(200).body.startswith(b'<')
    head = client.request('HEAD', f'/v1/polls/{poll["id"]}').expect(200)
    assert head.body == b'' and head.headers['Content-Type'] == 'application/json'
    refused = client.post('/v1/polls', {'question': 'Why'})
    assert (refused.status, refused.code) == (422, 'invalid') and refused.json()['errors']
    assert client.vote(poll['id'], 7).code == 'invalid_choices'
    assert client.post(f'/v1/polls/{poll["id"]}/close').headers['WWW-Authenticate']
    assert client.get('/v1/nothing').code == 'no_such_route'


def test_frames_are_not_held_back(gateway):
    client = gateway.client()
    poll = client.open_poll()['id']
    stream = EventStream(gateway.port, f'/v1/polls/{poll}/stream', tls=gateway.tls())
    web = WebSocket(gateway.port, tls=gateway.tls(), Origin=gateway.url)
    web.subscribe(poll)
    assert stream.next().data['seq'] == 0
    assert web.receive() == {'subscribed': poll} and web.receive()['seq'] == 0
    delays = {'events': [], 'WebSocket': []}
    for seq in range(1, 31):
        began = time.monotonic()
        client.vote(poll, 0).expect(201)
        while web.receive()['seq'] != seq:
            pass
        delays['WebSocket'].append(time.monotonic() - began)
        seen = stream.until(lambda event, wanted=seq: event.data['seq'] == wanted)
        delays['events'].append(seen[-1].at - began)
    for name, times in delays.items():
        print(f'{name}: {statistics.median(times) * 1000:.0f} ms, at most {max(times) * 1000:.0f}')
        assert statistics.median(times) < 0.3 and max(times) < 2
    stream.close()
    web.close()


def test_a_foreign_page_opens_no_websocket(gateway):
    refused = WebSocket(gateway.port, tls=gateway.tls(), Origin='https://evil.example')
    assert refused.status == 403
    refused.close()
    plain = gateway.client().get('/v1/ws')
    assert (plain.status, plain.code) == (426, 'upgrade_required')


def test_the_address_of_the_client_counts_and_only_the_gateway_names_it(deployment, gateway):
    command = deployment.roles['command'][0]
    spoofed = {'X_Forwarded_For': '203.0.113.99'}

    def opens(client, times, **headers):
        body = {'question': 'Who is asking?', 'choices': ['a', 'b']}
        return [client.post('/v1/polls', body, **headers).status for _ in range(times)]

    crowd = opens(gateway.client_from('203.0.113.7'), 20, **spoofed)
    assert set(crowd) == {201, 429} and crowd.count(201) < 5
    assert opens(gateway.client_from('203.0.113.8'), 1) == [201]
    assert opens(command.client(), 1, X_Forwarded_For='203.0.113.99') == [201]
    assert opens(command.client(), 1, X_Forwarded_For='203.0.113.7') == [429]
    stranger = Client(command.port)
    stranger.connection = http.client.HTTPConnection('127.0.0.1', command.port,
                                                     source_address=('127.0.0.9', 0))
    assert opens(stranger, 1, X_Forwarded_For='203.0.113.7') == [201]
    logs = gateway.log_text() + gateway.access_log.read_text()
    assert 'POST 429' in logs and '203.0.113' not in logs


def test_the_page_votes_without_script(gateway):
    client = gateway.client()
    poll = client.open_poll('Pizza', 'Sushi')
    page = client.get(poll['url']).expect(200)
    cookie, *attributes = page.headers['Set-Cookie'].split('; ')
    assert 'Secure' in attributes and 'HttpOnly' in attributes
    vote_id = re.search(r'name="vote_id" value="([0-9a-f-]{36})"', page.body.decode())[1]
    form = f'vote_id={vote_id}&choice=1'.encode()
    foreign = client.post(f'/p/{poll["id"]}', form, Content_Type=FORM, Cookie=cookie,
                          Origin='https://evil.example')
    assert (foreign.status, foreign.code) == (403, 'origin_not_allowed')
    voted = client.post(f'/p/{poll["id"]}', form, Content_Type=FORM, Cookie=cookie,
                        Origin=gateway.url).expect(303)
    assert voted.headers['Location'] == f'/p/{poll["id"]}?notice=voted&min_seq=1'
    assert client.results(poll['id'], '?min_seq=1')['choices'][1]['votes'] == 1
    after = client.get(poll['url'] + '?notice=voted', Cookie=cookie).expect(200).body.decode()
    assert 'Your vote is counted.' in after and 'You voted' in after
    assert gateway.url in after


def test_a_first_ballot_gets_a_secure_cookie(gateway):
    client = gateway.client()
    poll = client.open_poll()['id']
    assert client.vote(poll, 0).expect(201).headers['Set-Cookie'].endswith('; Secure')


def test_what_the_gateway_refuses_is_a_problem_too(gateway):
    client = gateway.client()
    large = client.post('/v1/polls', {'question': 'x' * 300_000})
    assert (large.status, large.code) == (413, 'body_too_large')
    longest = client.get('/' + 'x' * 5_000)
    assert (longest.status, longest.code) == (414, 'target_too_long')  # the node's own
    longer = gateway.client().get('/' + 'x' * 20_000)
    assert (longer.status, longer.code) == (414, 'target_too_long')
    bad = gateway.client().get('/', Host='a b')
    assert (bad.status, bad.code) == (400, 'bad_request')
    assert bad.json()['status'] == 400 and bad.json()['type'] == '/problems/bad_request'


def test_tls(gateway):
    def version(wanted):
        context = gateway.tls()
        context.set_ciphers('ALL:@SECLEVEL=0')
        context.minimum_version = context.maximum_version = wanted
        with socket.create_connection(('127.0.0.1', gateway.port), 5) as plain:
            with context.wrap_socket(plain, server_hostname='127.0.0.1') as connection:
                return connection.version()

    assert version(ssl.TLSVersion.TLSv1_3) == 'TLSv1.3'
    assert version(ssl.TLSVersion.TLSv1_2) == 'TLSv1.2'
    with warnings.catch_warnings(), pytest.raises(ssl.SSLError, match='(?i)protocol'):
        warnings.simplefilter('ignore', DeprecationWarning)
        version(ssl.TLSVersion.TLSv1_1)
    moved = Client(gateway.plain_port).get('/how?x=1')
    assert [moved.status, moved.headers['Location']] == [308, 'https://127.0.0.1/how?x=1']


class Crowd:
    """Voters and readers who go on through whatever happens, each on a thread of its own."""

    def __init__(self, gateway, poll):
        self.gateway, self.poll = gateway, poll
        self.over = threading.Event()
        self.receipts, self.again, self.reads, self.failed = [], 0, 0, []
        self.slowest = 0
        self.threads = [threading.Thread(target=work)
                        for work in [self.vote] * 4 + [self.read] * 2 + [self.watch]]
        for thread in self.threads:
            thread.start()

    def vote(self):
        client = self.gateway.client()
        while not self.over.is_set():
            began = time.monotonic()
            receipt, times = vote(client, self.poll)
            self.slowest = max(self.slowest, time.monotonic() - began)
            self.again += times > 1
            self.receipts.append(receipt)

    def read(self):
        client = self.gateway.client()
        while not self.over.is_set():
            answer = client.get(f'/v1/polls/{self.poll}/results')
            self.reads += 1
            if answer.status != 200:
                self.failed.append(answer)

    def watch(self):
        """The stream, opened again where it broke off. Its seq never steps back."""
        last = 0
        while not self.over.is_set():
            stream = EventStream(self.gateway.port, f'/v1/polls/{self.poll}/stream',
                                 tls=self.gateway.tls(), Last_Event_ID=str(last))
            assert stream.status == 200
            while (event := stream.next(20)) and not self.over.is_set():
                if event.data['seq'] < last:
                    self.failed.append(event)
                last = event.data['seq']
            stream.close()

    def goes_on(self):
        votes, reads = len(self.receipts), self.reads
        eventually(lambda: len(self.receipts) >= votes + 40 and self.reads >= reads + 40, 30,
                   'votes and reads go on')

    def end(self):
        self.over.set()
        for thread in self.threads:
            thread.join(30)
            assert not thread.is_alive()


def requests(node):
    return sum(count for name, count in node.metrics().items()
               if name.startswith('flashpoll_requests_total'))


@pytest.mark.parametrize('role', ['command', 'query'])
def test_one_node_of_a_role_after_the_other_is_killed(deployment, gateway, role):
    client = gateway.client()
    poll = client.open_poll()['id']
    client.results(poll, '?min_seq=0')
    crowd = Crowd(gateway, poll)
    try:
        crowd.goes_on()
        for node in deployment.roles[role]:
            node.kill9()
            crowd.goes_on()
            node.start()
            eventually(lambda node=node: requests(node) > 10, 10, 'it gets requests again')
            crowd.goes_on()
    finally:
        crowd.end()
    print(f'{role}: {len(crowd.receipts)} votes, {crowd.again} sent again, slowest '
          f'{crowd.slowest:.2f} s; {crowd.reads} reads')
    assert not crowd.failed
    last = max(receipt['seq'] for receipt in crowd.receipts)
    ids = {entry['vote_id'] for entry in export(client, poll, last) if entry['seq'] > 0}
    assert ids >= {receipt['vote_id'] for receipt in crowd.receipts}
    assert audited(client, poll, last).votes()[0] == len(crowd.receipts)


def test_a_role_that_is_away_is_told(deployment, gateway):
    client = gateway.client()
    poll = client.open_poll()['id']
    for role, code in [('command', 'outcome_unknown'), ('query', 'not_ready')]:
        for node in deployment.roles[role]:
            node.kill9()
        answers = {'command': client.vote(poll, 0), 'query': client.get(f'/v1/polls/{poll}')}
        refused = answers[role]
        assert (refused.status, refused.code) == (503, code)
        assert refused.headers['Retry-After'] == '1'
        for node in deployment.roles[role]:
            node.start()
        vote(client, poll)
        eventually(lambda: client.get(f'/v1/polls/{poll}').status == 200, 10, 'it is back')
