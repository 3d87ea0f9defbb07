"""Fixtures of the end-to-end tests, for their conftest.py."""

import pytest

from servers import Servers


@pytest.fixture(scope='session')
def servers():
    """For all tests of a file that do not break them."""
    with Servers() as started:
        yield started


@pytest.fixture(scope='session')
def postgres(servers):
    return servers.postgres


@pytest.fixture
def site(servers):
    """A deployment of its own, no node started."""
    with servers.site() as fresh:
        yield fresh


@pytest.fixture(scope='module')
def node(servers):
    """One node with all roles, for all tests of a file."""
    with servers.site() as deployment:
        yield deployment.node().start()


@pytest.fixture
def client(node):
    made = node.client()
    yield made
    made.close()
