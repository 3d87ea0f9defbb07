"""Fixtures of the tests of the command line."""

from fixtures import postgres, servers, site

__all__ = ['postgres', 'servers', 'site']
