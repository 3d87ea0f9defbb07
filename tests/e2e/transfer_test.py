"""A history moves into another ledger: exported from a running service on PostgreSQL, imported into
one of another number of partitions, on Kafka as well, and everything that can be asked is the same
there."""

import json
import os
import re
import uuid

import pytest

from alike import both, same_poll
from archive import Archive, shell
from audit import audited
from flashpoll import INGEST, owner
from ledger_record import partition_of

REFUSED = 5
PARTITIONS = 5


class History:
    """Polls of every kind on a running service, and records without effect between them."""

    def __init__(self, site):
        self.site = site
        self.node = site.node().start()
        self.client = self.node.client()
        self.polls, self.tokens = {}, {}
        self.open_and_change()
        self.close_and_hide()
        self.codes_and_trusted()
        self.strays = self.inject()
        for poll in self.polls.values():
            self.client.get(f'/v1/polls/{poll["id"]}/results?min_seq={poll.get("last", 0)}')

    def open(self, name, *choices, **members):
        self.polls[name] = self.client.open_poll(*choices, question=f'The "{name}" poll — 投票?',
                                                 **members)
        return self.polls[name]

    def cast(self, name, *choices, **members):
        poll = self.polls[name]
        answer = self.client.vote(poll['id'], *choices, **members)
        if answer.status == 201:
            poll['last'] = answer.json()['seq']
        return answer

    def command(self, name, rest, **body):
        poll = self.polls[name]
        answer = self.client.post(f'/v1/polls/{poll["id"]}/{rest}', body, **owner(poll)).expect(200)
        poll['last'] = answer.json()['seq']
        return answer.json()

    def open_and_change(self):
        self.open('change', 'Pizza', 'Sushi', 'Salad', allow_change=True)
        for i in range(30):
            answer = self.cast('change', i % 3).expect(201)
            token, seq = answer.headers['Voter-Token'], answer.json()['seq']
            self.tokens['change'] = token, seq
            if i % 3 == 0:
                changed = self.cast('change', (i + 1) % 3, token=token, replaces=seq).expect(201)
                self.tokens['change'] = token, changed.json()['seq']
            if i % 9 == 0:
                poll = self.polls['change']
                taken = self.client.delete(f'/v1/polls/{poll["id"]}/votes/{seq + 1}',
                                           Voter_Token=token).expect(200)
                poll['last'] = taken.json()['seq']
        self.command('change', 'extend', by=600)
        self.open('several', *[f'choice {i}' for i in range(7)], max=3, min=2)
        for i in range(20):
            self.cast('several', i % 7, (i + 3) % 7).expect(201)

    def close_and_hide(self):
        self.open('closed', results='after_close')
        self.open('withheld', results='after_close')
        self.open('hidden')
        for name in ('closed', 'withheld', 'hidden'):
            for choice in (0, 1, 1):
                self.cast(name, choice).expect(201)
        self.command('closed', 'close')
        poll = self.polls['hidden']
        self.client.delete(f'/v1/polls/{poll["id"]}', **owner(poll)).expect(200)

    def codes_and_trusted(self):
        self.open('codes', eligibility='codes')
        issued = self.client.post(f'/v1/polls/{self.polls["codes"]["id"]}/codes', {'count': 9},
                                  **owner(self.polls['codes'])).expect(200).json()['codes']
        for code in issued[:5]:
            self.cast('codes', 1, code=code).expect(201)
        self.codes = issued
        poll = self.open('trusted', eligibility='trusted')
        for name in ('ann', 'bob', 'ann'):
            body = {'choices': [0], 'voter': name, 'vote_id': str(uuid.uuid4())}
            self.client.post(f'/v1/polls/{poll["id"]}/votes', body, **INGEST)
        poll['last'] = 2

    def inject(self):
        """(cause, partition, key, value) of what was appended beside the service."""
        key = self.polls['change']['id']
        home = partition_of(key)
        unheard = 'ZZZZZZZZZZZZ'
        hidden = '{"type":"poll.hidden.v1","poll":"%s","id":"%s"}'
        strays = [
            ('not_json', home, b'k\xff\x00', b'\x00\xff\xfe not JSON'),
            ('no_envelope', home, key.encode(), b'{"a":1}'),
            ('not_canonical', home, key.encode(), b'{"type":"poll.hidden.v1", "poll":"%s"}' %
             key.encode()),
            ('wrong_key', (home + 1) % 12, key.encode(), (hidden % (key, uuid.uuid4())).encode()),
            ('never_opened', partition_of(unheard), unheard.encode(),
             (hidden % (unheard, uuid.uuid4())).encode())]
        for _, partition, stray_key, value in strays:
            self.site.ledger.append(partition, stray_key, value)
        return strays


@pytest.fixture(scope='module')
def history(servers):
    with servers.site('postgres') as site:
        yield History(site)


@pytest.fixture(scope='module')
def file(history):
    """The history, exported while its service runs; what was printed is beside it."""
    path = history.site.directory / 'history.zst'
    done = history.site.run('ledger', 'export', path, '-o', 'json')
    assert done.returncode == 0, done.stderr
    path.with_suffix('.json').write_text(done.stdout)
    return path


@pytest.fixture(scope='module')
def moved(servers, file):
    """A site into which it was imported, with a service."""
    with servers.site() as site:
        site.imported = imported(site, file)
        site.node(partitions=PARTITIONS).start()
        yield site


def run(site, *arguments, code=0, **more):
    done = site.run(*arguments, **more)
    assert done.returncode == code, (done.returncode, done.stdout, done.stderr)
    return done


def imported(site, file, partitions=PARTITIONS, **more):
    return run(site, 'ledger', 'import', file, '-o', 'json', '--partitions', partitions, **more)


def ends(site, partitions=PARTITIONS):
    return json.loads(run(site, 'ledger', 'info', '-o', 'json', '--partitions', partitions).stdout)[
        'ends']


def test_the_file_holds_the_ledger_to_the_byte(history, file):
    archive, printed = Archive(file), json.loads(file.with_suffix('.json').read_text())
    stored = history.site.ledger.records()
    values = {(place, key, value) for _, place, key, value in history.strays}
    kept = [(r.key.decode(), r.ms, r.value) for r in stored
            if (r.partition, r.key, r.value) not in values]
    assert archive.records == kept and len(kept) > 90
    assert archive.header['flashpoll_ledger'] == 1 and len(archive.header['ends']) == 12
    assert sum(archive.header['ends']) == len(stored)
    for name in ('records', 'strays', 'history', 'results', 'sha256'):
        assert printed[name] == archive.summary[name]
    assert printed['key_fingerprint'] == archive.header['key_fingerprint']
    assert printed['polls'] == len(history.polls) == archive.summary['keys']
    assert file.stat().st_mode & 0o777 == 0o600


def test_strays_are_listed_with_partition_offset_and_reason(history, file):
    stored = {(r.partition, r.offset): r for r in history.site.ledger.records()}
    strays = Archive(file).strays
    assert sorted(s['stray'] for s in strays) == sorted(cause for cause, *_ in history.strays)
    for stray in strays:
        record = stored[stray['partition'], stray['offset']]
        assert (stray['time_ms'], stray['value_bytes']) == (record.ms, len(record.value))
        if 'value' in stray:
            assert (stray['key'].encode(), stray['value'].encode()) == (record.key, record.value)
        else:
            assert stray['key_base64url'] == 'a_8A'
            assert stray['value_base64url'] == 'AP_-IG5vdCBKU09O'


def test_an_auditor_needs_zstd_jq_and_sha256sum(history, file):
    digest = shell("zstd -dc FILE | sed '$d' | sha256sum", file).split()[0]
    assert digest == shell('zstd -dc FILE | tail -n 1 | jq -r .sha256', file).strip()
    values = shell("zstd -dc FILE | jq -r 'select(.stray | not) | .value // empty'", file)
    assert values.encode() == b''.join(v + b'\n' for _, _, v in Archive(file).records)
    text = run(history.site, 'ledger', 'export', '--help').stdout
    assert "zstd -dc FILE | sed '$d' | sha256sum" in text


def test_everything_that_can_be_asked_is_the_same(history, moved):
    a, b = history.client, moved.nodes[0].client()
    entries = sum(same_poll(a, b, poll['id']) for poll in history.polls.values())
    assert entries > 80
    assert both(a, b, f'/v1/polls/{history.polls["hidden"]["id"]}/results').code == 'poll_hidden'
    token, seq = history.tokens['change']
    mine = f'/v1/polls/{history.polls["change"]["id"]}/votes/mine'
    assert both(a, b, mine, Voter_Token=token).expect(200).json()['seq'] == seq
    for name in ('change', 'several', 'closed', 'codes', 'trusted'):
        audited(b, history.polls[name]['id'])


def test_both_verify_and_the_digests_are_equal(history, moved, file):
    assert json.loads(run(history.site, 'verify', '-o', 'json').stdout)['equal'] is True
    verified = run(moved, 'verify', '-o', 'json', '--partitions', PARTITIONS)
    assert json.loads(verified.stdout)['equal'] is True
    printed, archive = json.loads(moved.imported.stdout), Archive(file)
    assert printed['equal'] is True and printed['polls'] == []
    assert printed['strays_in_file'] == len(history.strays) and printed['not_of_the_file'] == 0
    for part in ('in_file', 'in_ledger'):
        for name in ('records', 'history', 'results'):
            assert printed[part][name] == archive.summary[name]


def test_every_record_keeps_its_time_and_every_poll_its_order(moved, file):
    by_key = {}
    for record in moved.ledger.records():
        assert record.partition == partition_of(record.key.decode(), PARTITIONS)
        by_key.setdefault(record.key.decode(), []).append((record.ms, record.value))
    expected = {}
    for key, ms, value in Archive(file).records:
        expected.setdefault(key, []).append((ms, value))
    assert by_key == expected


def test_a_second_import_is_refused(moved, file):
    before = ends(moved)
    refused = run(moved, 'ledger', 'import', file, '--partitions', PARTITIONS, code=REFUSED)
    assert 'not empty' in refused.stderr and 'made anew' in refused.stderr
    assert ends(moved) == before


def test_voters_and_owners_go_on_where_they_were(servers, history, file):
    with servers.site() as site:
        imported(site, file, 3)
        client = site.node(partitions=3).start().client()
        polls = history.polls
        token, seq = history.tokens['change']
        last = client.get(f'/v1/polls/{polls["change"]["id"]}/results').json()['seq']
        changed = client.vote(polls['change']['id'], 2, token=token, replaces=seq).expect(201)
        assert changed.json()['seq'] == last + 1
        assert client.vote(polls['codes']['id'], 0, code=history.codes[0]).code == 'already_voted'
        client.vote(polls['codes']['id'], 0, code=history.codes[7]).expect(201)
        path = f'/v1/polls/{polls["withheld"]["id"]}/close'
        seq = client.post(path, **owner(polls['withheld'])).expect(200).json()['seq']
        shown = client.results(polls['withheld']['id'], f'?min_seq={seq}')
        assert [choice['votes'] for choice in shown['choices']] == [1, 2]
        run(site, 'verify', '--partitions', 3)
        again = site.directory / 'again.zst'
        run(site, 'ledger', 'export', again, '--partitions', 3)
        assert len(Archive(again).records) == len(Archive(file).records) + 3


def test_it_moves_back_again(servers, moved, file):
    with servers.site('postgres') as site:
        back = moved.directory / 'back.zst'
        run(moved, 'ledger', 'export', back, '--partitions', PARTITIONS)
        printed = json.loads(imported(site, back, 12).stdout)
        assert printed['equal'] is True
        for name in ('history', 'results'):
            assert printed['in_ledger'][name] == Archive(file).summary[name]


def test_progress_is_drawn_on_a_terminal(moved):
    ours, theirs = os.openpty()
    path = moved.directory / 'watched.zst'
    run(moved, 'ledger', 'export', path, '--partitions', PARTITIONS, stderr=theirs)
    os.close(theirs)
    shown = os.read(ours, 65536).decode()
    os.close(ours)
    assert re.search(r'\rexported (\d+) of \1 records, \d+/s\x1b\[K\r?\n', shown), shown


def test_an_export_to_stdout_is_the_same_file(moved):
    path = moved.directory / 'moved.zst'
    printed = run(moved, 'ledger', 'export', path, '--partitions', PARTITIONS).stdout
    streamed = moved.directory / 'streamed.zst'
    with open(streamed, 'wb') as out:
        done = run(moved, 'ledger', 'export', '-', '--partitions', PARTITIONS, stdout=out)
    assert streamed.read_bytes() == path.read_bytes()
    assert done.stderr.replace('file     -', f'file     {path}') == printed
    assert 'travels separately' in printed
