"""verify and rebuild on a running service: readers notice nothing, differing rows are named."""

import threading

import pytest



@pytest.fixture
def running(site):
    node = site.node().start()
    client = node.client()
    polls = [client.open_poll()['id'] for _ in range(5)]
    for poll in polls:
        for choice in (0, 1, 1):
            client.vote(poll, choice).expect(201)
    for poll in polls:
        client.results(poll, '?min_seq=3')
    return node, polls


def schema(postgres, site):
    return postgres.sql('select schema_name from checkpoints.read_pointer', site.dsn)[0][0]


def plant(postgres, site, poll):
    postgres.sql(f'''update {schema(postgres, site)}.poll_results set votes = '{{9,9}}'
                     where votes = '{{1,2}}' and poll_id = (select min(poll_id) from
                     {schema(postgres, site)}.poll_results)''', site.dsn)


class Load:
    """Votes and reads until the block ends; reads must not fail, and a poll's seq must not fall."""

    def __init__(self, node, polls):
        self.node, self.polls = node, polls
        self.over = threading.Event()
        self.failures, self.reads, self.votes = [], 0, 0

    def __enter__(self):
        self.threads = [threading.Thread(target=self.run, args=(work,))
                        for work in (self.vote, self.read)]
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.over.set()
        for thread in self.threads:
            thread.join(30)

    def run(self, work):
        client = self.node.client()
        try:
            work(client)
        except Exception as failure:
            self.failures.append(repr(failure))

    def vote(self, client):
        while not self.over.is_set():
            client.vote(self.polls[self.votes % len(self.polls)], 0).expect(201)
            self.votes += 1

    def read(self, client):
        seen = {}
        while not self.over.is_set():
            poll = self.polls[self.reads % len(self.polls)]
            results = client.results(poll)
            assert results['seq'] >= seen.get(poll, 0), (poll, seen, results)
            seen[poll] = results['seq']
            self.reads += 1


def test_rebuild_switches_under_load_without_a_gap(postgres, site, running):
    node, polls = running
    before = schema(postgres, site)
    with Load(node, polls) as load:
        done = site.run('rebuild', timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    assert not load.failures, load.failures
    assert load.reads > 20 and load.votes > 20
    assert schema(postgres, site) != before
    client = node.client()
    for poll in polls:
        seq = client.vote(poll, 1).expect(201).json()['seq']
        assert client.results(poll, f'?min_seq={seq}')['seq'] >= seq
    assert site.run('verify', timeout=120).returncode == 0


def test_verify_names_a_row_that_differs(postgres, site, running):
    _, polls = running
    assert site.run('verify').returncode == 0
    plant(postgres, site, polls[0])
    done = site.run('verify')
    assert done.returncode == 4, done.stdout + done.stderr
    assert 'poll_results' in done.stdout + done.stderr


def test_rebuild_refuses_a_difference_unless_told(postgres, site, running):
    node, polls = running
    plant(postgres, site, polls[0])
    before = schema(postgres, site)
    done = site.run('rebuild', timeout=120)
    assert done.returncode == 4, done.stdout + done.stderr
    assert 'poll_results' in done.stdout + done.stderr
    assert schema(postgres, site) == before
    done = site.run('rebuild', '--accept-differences', timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    assert schema(postgres, site) != before
    client = node.client()
    for poll in polls:
        assert [c['votes'] for c in client.results(poll)['choices']] == [1, 2]


@pytest.mark.parametrize('role', ['query', 'projector', 'all'])
def test_tables_of_another_version_are_refused_and_migrate_makes_new_ones(postgres, site, running,
                                                                          role):
    node, polls = running
    assert node.stop() == 0
    before = schema(postgres, site)
    postgres.sql(f"comment on schema {before} is 'another'", site.dsn)
    refused = site.run('serve', '--role', role, '--port', '0', '--admin-port', '0')
    assert refused.returncode == 2 and '`flashpoll migrate`' in refused.stderr
    migrated = site.run('migrate')
    assert migrated.returncode == 0 and 'new read tables' in migrated.stderr
    assert schema(postgres, site) != before
    again = site.run('migrate')
    assert again.returncode == 0 and 'new read tables' not in again.stderr
    client = node.start().client()
    for poll in polls:
        assert [c['votes'] for c in client.results(poll)['choices']] == [1, 2]
