"""Fixtures of the end-to-end tests."""

import pytest

from flashpoll import Postgres, Site


@pytest.fixture(scope='session')
def postgres():
    """One server for all tests of a file that do not break it."""
    with Postgres() as server:
        yield server


@pytest.fixture
def site(postgres):
    """A deployment on a database of its own, no node started."""
    with Site(postgres.create_database()) as fresh:
        yield fresh
