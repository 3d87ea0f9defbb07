"""`flashpoll doctor` on real faults: one line each, its mend, and the others all the same."""

import json

import pytest

from flashpoll import Servers
from servers import KIND

PROCESS = {'version', 'secret_file', 'public_url', 'trusted_proxies', 'descriptors'}
DATABASE = {'database', 'clock', 'connections', 'standby', 'disk', 'secret'}
TOGETHER = {'deployment', 'partitions', 'ledger clock', 'read tables'}
LEDGER = {
    'postgres': {'fsync', 'full_page_writes', 'primary', 'tables'},
    'kafka': {'cleanup.policy', 'retention.ms', 'retention.bytes', 'message.timestamp.type',
              'unclean.leader.election.enable', 'min.insync.replicas', 'max.message.bytes',
              'auto.create.topics.enable', 'copies', 'replicas', 'first records'}}[KIND]
# What is so on a machine of tests.
USUAL = {'standby', 'disk', 'descriptors', 'copies'}


@pytest.fixture
def site(servers):
    with servers.site() as fresh:
        fresh.secret_file.chmod(0o600)
        yield fresh


def use(site):
    """A deployment that has votes, and no node any more."""
    node = site.node().start()
    poll = node.client().open_poll()['id']
    node.client().vote(poll, 0).expect(201)
    node.client().results(poll, '?min_seq=1')
    assert node.stop() == 0
    return site


@pytest.fixture
def used(site):
    return use(site)


def examined(site, *arguments, **environment):
    """The checks by name; the exit code fits them."""
    done = site.run('doctor', '-o', 'json', *arguments, **environment)
    told = json.loads(done.stdout)
    for state in ('ok', 'warn', 'fail'):
        assert told[state] == sum(check['state'] == state for check in told['checks'])
    assert done.returncode == (1 if told['fail'] else 0), done.stdout
    checks = {check['name']: check for check in told['checks']}
    assert len(checks) == len(told['checks'])
    assert all('mend' in check for check in checks.values() if check['state'] != 'ok')
    return checks


def states(checks, state):
    return {name for name, check in checks.items() if check['state'] == state}


def test_a_sound_deployment(used):
    checks = examined(used)
    assert states(checks, 'fail') == set() and states(checks, 'warn') <= USUAL
    assert set(checks) == PROCESS | DATABASE | TOGETHER | LEDGER
    assert checks['database']['text'].startswith('PostgreSQL 1')
    assert 'free of' in checks['disk']['text']
    assert checks['deployment']['text'].startswith(f'begun on {KIND}')
    text = used.run('doctor').stdout
    assert 'ok    partitions' in text and text.endswith(' 0 fail\n')


def test_nothing_is_changed_before_the_first_start(postgres, site):
    checks = examined(site)
    assert states(checks, 'fail') == set()
    assert checks['created']['text'] == 'not yet, the first start makes the ledger'
    assert 'none yet' in checks['secret']['text']
    assert postgres.sql("select count(*) from pg_namespace where nspname !~ '^(pg_|information)' "
                        "and nspname <> 'public'", site.dsn) == [['0']]


def test_a_database_that_is_stopped():
    with Servers() as servers, servers.site() as site:
        site.secret_file.chmod(0o600)
        servers.postgres.stop()
        checks = examined(site)
        assert states(checks, 'fail') == {'database'} and PROCESS < set(checks)
        assert checks['database']['mend'].startswith('start PostgreSQL')


def test_a_secret_that_all_may_read(used):
    used.secret_file.chmod(0o644)
    checks = examined(used)
    assert states(checks, 'fail') == {'secret_file'}
    assert checks['secret_file']['mend'].startswith(f'chmod 600 {used.secret_file}')
    used.secret_file.chmod(0o640)
    assert 'secret_file' in states(examined(used), 'warn')


def test_another_secret_and_none(used):
    used.secret_file.write_text('another secret of the tests, 0123456789')
    checks = examined(used)
    assert states(checks, 'fail') == {'secret'} and 'backup' in checks['secret']['mend']
    used.secret_file.write_text('short')
    assert states(examined(used), 'fail') == {'secret_file'}
    used.secret_file.unlink()
    checks = examined(used)
    assert states(checks, 'fail') == {'secret_file'} and 'secret' not in checks


def test_read_tables_of_another_version(postgres, used):
    postgres.sql("comment on schema read_1 is 'another'", used.dsn)
    checks = examined(used)
    assert states(checks, 'fail') == {'read tables'}
    assert '`flashpoll migrate`' in checks['read tables']['mend']
    assert used.run('migrate').returncode == 0
    assert states(examined(used), 'fail') == set()


def test_a_ledger_that_is_not_the_one_that_was_folded(used):
    used.ledger.exchange(used.ledger.records()[0].partition)
    checks = examined(used)
    assert states(checks, 'fail') == {'ledger'}
    assert 'is different from what was folded' in checks['ledger']['text']


def test_clocks_and_settings_that_do_not_fit(used):
    checks = examined(used, '--clock-offset-ms', '-30000', '--public-url', 'https://a.example')
    assert states(checks, 'fail') == set()
    assert {'clock', 'ledger clock', 'trusted_proxies'} <= states(checks, 'warn')
    assert checks['clock']['text'].startswith(('30.0 s behind', '29.9 s behind'))
    checks = examined(used, '--trusted-proxies', '0.0.0.0/0', '--listen', '0.0.0.0',
                      '--partitions', '7')
    assert states(checks, 'fail') == {'trusted_proxies', 'partitions'}
    assert 'public_url' in states(checks, 'warn')


def test_settings_that_cannot_be_read(site):
    refused = site.run('doctor', '--port', 'x')
    assert refused.returncode == 2 and 'port' in refused.stderr and not refused.stdout
