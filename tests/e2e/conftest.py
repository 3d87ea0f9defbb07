"""Fixtures of the end-to-end tests."""

from fixtures import client, node, postgres, servers, site

__all__ = ['client', 'node', 'postgres', 'servers', 'site']
