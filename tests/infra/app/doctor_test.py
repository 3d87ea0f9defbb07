"""`flashpoll doctor` on real faults: one line each, its mend, and the others all the same."""

import json

import pytest

from flashpoll import Postgres, Site


@pytest.fixture(scope='module')
def server():
    with Postgres() as running:
        yield running


@pytest.fixture
def site(server):
    with Site(server.create_database()) as fresh:
        fresh.secret_file.chmod(0o600)
        yield fresh


@pytest.fixture
def used(site):
    """A deployment that has votes."""
    node = site.node().start()
    poll = node.client().open_poll()['id']
    node.client().vote(poll, 0).expect(201)
    node.client().results(poll, '?min_seq=1')
    return site


def examined(site, *arguments, **environment):
    """{name: (state, text, mend)} of the checks that are not ok, and the exit code."""
    done = site.run('doctor', '-o', 'json', *arguments, **environment)
    told = json.loads(done.stdout)
    for state in ('ok', 'warn', 'fail'):
        assert told[state] == sum(check['state'] == state for check in told['checks'])
    assert done.returncode == (1 if told['fail'] else 0), done.stdout
    checks = {check['name']: check for check in told['checks']}
    assert all('mend' in check for check in checks.values() if check['state'] != 'ok')
    return checks


def states(checks, state):
    return {name for name, check in checks.items() if check['state'] == state}


def test_a_sound_deployment(used):
    checks = examined(used)
    assert states(checks, 'fail') == set()
    assert states(checks, 'warn') <= {'standby', 'disk', 'descriptors'}  # the machine's matter
    assert {'version', 'secret_file', 'secret', 'public_url', 'trusted_proxies', 'descriptors',
            'database', 'clock', 'connections', 'standby', 'disk', 'fsync', 'full_page_writes',
            'primary', 'tables', 'partitions', 'ledger clock', 'read tables'} == set(checks)
    assert checks['database']['text'].startswith('PostgreSQL 1')
    assert 'free of' in checks['disk']['text']
    text = used.run('doctor').stdout
    assert 'ok    fsync' in text and text.endswith(' 0 fail\n')


def test_nothing_is_changed_before_the_first_start(server, site):
    checks = examined(site)
    assert states(checks, 'fail') == set()
    assert checks['ledger']['text'] == 'none yet, the first start makes it'
    assert 'none yet' in checks['secret']['text']
    assert server.sql("select count(*) from pg_namespace where nspname !~ '^(pg_|information)' "
                      "and nspname <> 'public'", site.dsn) == [['0']]


def test_a_server_that_is_stopped():
    with Postgres() as server, Site(server.create_database()) as site:
        site.secret_file.chmod(0o600)
        server.stop()
        checks = examined(site)
        assert states(checks, 'fail') == {'database'}
        assert 'fsync' not in checks and checks['version']['state'] == 'ok'
        assert checks['database']['mend'].startswith('start PostgreSQL')


def test_a_server_that_may_lose_what_it_took():
    with Postgres() as server, Site(server.create_database()) as site:
        site.secret_file.chmod(0o600)
        node = site.node().start()
        assert node.stop() == 0
        server.settings.update(fsync='off', full_page_writes='off')
        server.restart()
        server.sql('alter table ledger.writers set unlogged', site.dsn)
        checks = examined(site, '--partitions', '7')
        assert states(checks, 'fail') == {'fsync', 'full_page_writes', 'tables', 'partitions'}
        assert checks['tables']['mend'] == 'ALTER TABLE ledger.writers SET LOGGED'
        text = site.run('doctor').stdout
        assert 'fail  fsync' in text and '-> set it to on in postgresql.conf' in text


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


def test_a_ledger_that_is_not_the_one_that_was_folded(server, used):
    partition = server.sql('select partition from ledger.heads order by next_offset desc limit 1',
                           used.dsn)[0][0]
    server.sql(f'update ledger.segments set ms = ms + 1 where partition = {partition}', used.dsn)
    checks = examined(used)
    assert states(checks, 'fail') == {'ledger'}
    assert 'is different from what was folded' in checks['ledger']['text']


def test_clocks_and_settings_that_do_not_fit(used):
    checks = examined(used, '--clock-offset-ms', '-30000', '--public-url', 'https://a.example')
    assert states(checks, 'fail') == set()
    assert {'clock', 'ledger clock', 'trusted_proxies'} <= states(checks, 'warn')
    assert checks['clock']['text'].startswith(('30.0 s behind', '29.9 s behind'))
    checks = examined(used, '--trusted-proxies', '0.0.0.0/0', '--listen', '0.0.0.0')
    assert states(checks, 'fail') == {'trusted_proxies'}
    assert 'public_url' in states(checks, 'warn')


def test_settings_that_cannot_be_read(site):
    refused = site.run('doctor', '--port', 'x')
    assert refused.returncode == 2 and 'port' in refused.stderr and not refused.stdout
