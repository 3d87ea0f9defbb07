"""A long history of every kind of entry, appended to a postgres ledger by tests/e2e/make_history.cc
in no time, and what the command line makes of it."""

import os
import random
import subprocess

SEED = int(os.environ.get('FLASHPOLL_SEED', '0')) or random.SystemRandom().randrange(1, 1 << 32)


def run(site, *arguments):
    done = site.run(*arguments, timeout=240)
    assert done.returncode == 0, (done.returncode, done.stdout, done.stderr)
    return done


def make(site, records, polls):
    """The number of records without effect among them."""
    print(f'seed {SEED}')
    run(site, 'migrate')
    made = subprocess.run(
        [os.environ['FLASHPOLL_MAKE_HISTORY'], site.dsn, '12', str(records), str(polls), str(SEED),
         site.secret_file], capture_output=True, text=True, timeout=240)
    assert made.returncode == 0, made.stderr
    return int(made.stdout)
