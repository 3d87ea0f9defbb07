"""Fixtures of the end-to-end tests."""

from fixtures import postgres, servers, site

__all__ = ['postgres', 'servers', 'site']
