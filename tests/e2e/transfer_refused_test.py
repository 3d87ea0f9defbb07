"""What is not exported, what is not imported, and what is told when an import went wrong."""

import json

import pytest

from archive import Archive, pack, text_of
from flashpoll import Servers
from ledger_record import partition_of

FAILED, USAGE, UNREACHABLE, DIFFERS, REFUSED = 1, 2, 3, 4, 5
UNKNOWN = '{"type":"vote.weighed.v1","poll":"%s"}'


def run(site, *arguments, code=0, **more):
    done = site.run(*arguments, **more)
    assert done.returncode == code, (done.returncode, done.stdout, done.stderr)
    return done


@pytest.fixture(scope='module')
def source(servers):
    """A site with three polls, its service stopped, and its history in `file`."""
    with servers.site() as site:
        node = site.node().start()
        client = node.client()
        site.polls = [client.open_poll()['id'] for _ in range(3)]
        for poll in site.polls:
            for choice in (0, 1, 1):
                client.vote(poll, choice).expect(201)
        node.stop()
        site.file = site.directory / 'history.zst'
        run(site, 'ledger', 'export', site.file)
        yield site


def is_untouched(servers, site):
    """The ledger is there and empty."""
    return servers.postgres.sql('select max(next_offset) from ledger.heads', site.dsn) == [['0']]


def test_a_parked_poll_refuses_the_export_by_name(servers):
    with servers.site() as site:
        node = site.node().start()
        parked = node.client().open_poll()['id']
        node.client().open_poll()
        node.stop()
        never_opened = '0ABCDEFGHJKM'
        for poll in (parked, never_opened):
            site.ledger.append(partition_of(poll), poll.encode(), (UNKNOWN % poll).encode())
        file = site.directory / 'parked.zst'
        why = run(site, 'ledger', 'export', file, code=REFUSED).stderr
        for words in ('not exported', f'{parked} (vote.weighed.v1)',
                      f'{never_opened} (vote.weighed.v1)'):
            assert words in why
        assert not list(site.directory.glob('parked.zst*'))


def test_nothing_is_written_over(source, tmp_path):
    before = source.file.read_bytes()
    why = run(source, 'ledger', 'export', source.file, code=USAGE).stderr
    assert 'choose another name' in why and source.file.read_bytes() == before
    other = tmp_path / 'other.zst'
    (tmp_path / 'other.zst.part').touch()
    assert 'being written' in run(source, 'ledger', 'export', other, code=USAGE).stderr
    run(source, 'ledger', 'export', tmp_path / 'no' / 'folder.zst', code=USAGE)


def test_a_disk_that_is_full_is_told(source):
    with open('/dev/full', 'wb') as full:
        done = run(source, 'ledger', 'export', '-', code=FAILED, stdout=full)
    assert 'stdout takes nothing more' in done.stderr


def test_another_secret_is_refused_before_anything_is_made(servers, source):
    ours = Archive(source.file).header['key_fingerprint']
    with servers.site() as site:
        site.secret_file.write_text('another secret of the tests, 0123456789')
        why = run(site, 'ledger', 'import', source.file, code=REFUSED).stderr
        for words in (ours, str(site.secret_file), 'nobody could vote', 'backup'):
            assert words in why
        run(site, 'ledger', 'import', source.file, code=USAGE, FLASHPOLL_SECRET_FILE='')
        made = "select count(*) from pg_namespace where nspname = 'ledger'"
        assert servers.postgres.sql(made, site.dsn) == [['0']]


def test_a_deployment_of_another_secret_is_refused(servers, source):
    with servers.site() as site:
        secret = site.secret_file.read_text()
        site.secret_file.write_text('another secret of the tests, 0123456789')
        site.node().start().stop()
        site.secret_file.write_text(secret)
        why = run(site, 'ledger', 'import', source.file, code=REFUSED).stderr
        assert 'begun with another secret' in why and is_untouched(servers, site)


def test_after_an_import_the_first_service_must_have_the_secret(servers, source):
    with servers.site() as site:
        run(site, 'ledger', 'import', source.file)
        site.secret_file.write_text('another secret of the tests, 0123456789')
        node = site.node().start(ready=False)
        assert node.child.wait(30) == REFUSED and 'another secret' in node.log_text()


def test_a_damaged_file_leaves_the_target_as_it_was(servers, source, tmp_path):
    whole, text = source.file.read_bytes(), text_of(source.file)
    lines = text.splitlines(keepends=True)
    flipped = bytearray(whole)
    flipped[len(whole) // 2] ^= 0x40
    (tmp_path / 'cut').write_bytes(whole[:-100])
    (tmp_path / 'flipped').write_bytes(flipped)
    (tmp_path / 'behind').write_bytes(whole + b'x')
    pack(tmp_path / 'changed', text.replace(b'"time_ms":1', b'"time_ms":2', 1))
    pack(tmp_path / 'format', text.replace(b'"flashpoll_ledger":1', b'"flashpoll_ledger":2'))
    pack(tmp_path / 'endless', b''.join(lines[:-1]))
    pack(tmp_path / 'more', text + lines[1])
    with servers.site() as site:
        for name, words in (('cut', 'cut short'), ('flipped', 'refused'),
                            ('behind', 'something follows'), ('changed', 'SHA-256'),
                            ('format', 'format 2'), ('endless', 'last line, with the digest'),
                            ('more', 'something follows the last line')):
            why = run(site, 'ledger', 'import', tmp_path / name, code=REFUSED).stderr
            assert str(tmp_path / name) in why and words in why, why
        run(site, 'ledger', 'import', tmp_path / 'none', code=USAGE)
        run(site, 'ledger', 'import', tmp_path, code=FAILED)
        run(site, 'ledger', 'import', source.file, code=UNREACHABLE,
            FLASHPOLL_DATABASE='host=/nowhere dbname=x')
        assert is_untouched(servers, site)
        secret = "select count(*) from checkpoints.deployment where name = 'key_fingerprint'"
        assert servers.postgres.sql(secret, site.dsn) == [['0']]
        run(site, 'ledger', 'import', source.file)
        assert servers.postgres.sql(secret, site.dsn) == [['1']]


def test_a_database_that_served_another_ledger_is_refused(servers, source):
    with servers.site() as site:
        client = site.node().start().client()
        poll = client.open_poll()['id']
        client.results(poll, '?min_seq=0')
        site.nodes[0].stop()
        servers.postgres.sql(
            'truncate ledger.segments; update ledger.heads set next_offset = 0', site.dsn)
        why = run(site, 'ledger', 'import', source.file, code=REFUSED).stderr
        assert 'set `database` to a new one' in why and is_untouched(servers, site)


def meddling(postgres, site, body):
    """From now on the database does this before each segment is stored."""
    run(site, 'migrate')
    postgres.sql(f'''
        create function meddle() returns trigger language plpgsql as $$ begin {body} end $$;
        create trigger meddle before insert on ledger.segments for each row
        execute function meddle();''', site.dsn)


def test_a_ledger_that_took_something_else_is_found_and_named(servers, source):
    one, other = (f'"choices":[{choice}]'.encode().hex() for choice in (0, 1))
    with servers.site() as site:
        meddling(servers.postgres, site, f"""
            new.payload := decode(replace(encode(new.payload, 'hex'), '{one}', '{other}'), 'hex');
            return new;""")
        done = run(site, 'ledger', 'import', source.file, code=DIFFERS)
        assert 'NOT EQUAL: 3 polls differ' in done.stdout and 'made anew' not in done.stderr
        assert all(f'{poll} has other records' in done.stdout for poll in source.polls)


def test_an_append_that_fails_breaks_the_import_off(servers, source):
    with servers.site() as site:
        meddling(servers.postgres, site, "raise exception 'the disk is on fire';")
        done = run(site, 'ledger', 'import', source.file, code=UNREACHABLE)
        assert 'broken off' in done.stderr and 'drop it, make it anew' in done.stderr
        assert done.stdout == ''


def test_a_server_that_does_not_answer_breaks_the_import_off(source):
    with Servers() as own, own.site() as site:
        meddling(own.postgres, site, "perform pg_sleep(600); return new;")
        done = run(site, 'ledger', 'import', source.file, code=UNREACHABLE)
        assert 'broken off' in done.stderr and 'drop it, make it anew' in done.stderr
        again = run(site, 'ledger', 'info', '-o', 'json')
        assert sum(json.loads(again.stdout)['ends']) == 0


def test_the_commands_explain_themselves(source):
    text = run(source, 'ledger', '--help').stdout
    assert 'export' in text and 'import' in text
    for name, words in (('export', 'travels separately'), ('import', 'exit code 4')):
        assert words in run(source, 'ledger', name, '--help').stdout
