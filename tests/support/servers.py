"""The servers of a test, and deployments on them, with the ledger where FLASHPOLL_TEST_LEDGER says:
`postgres` (unless it is set) or `kafka`."""

import os

from kafka_cluster import KafkaCluster
from kafka_ledger import KafkaLedger
from node import Site
from postgres_ledger import PostgresLedger
from postgres_server import Postgres

KIND = os.environ.get('FLASHPOLL_TEST_LEDGER', 'postgres')
assert KIND in ('postgres', 'kafka'), KIND


class Servers:
    """PostgreSQL, which has the read tables always, and brokers where they are the ledger. Any file
    may break them if it has started them itself: `with Servers() as servers: …`."""

    def __init__(self, brokers=1):
        self.postgres = Postgres()
        self.kafka = None
        if KIND == 'kafka':
            try:
                self.kafka = KafkaCluster(brokers)
            except BaseException:
                self.postgres.close()
                raise

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.kafka:
            self.kafka.close()
        self.postgres.close()

    @property
    def of_ledger(self):
        """The one that keeps the ledger: `kill9`, `start`."""
        return self.kafka or self.postgres

    def site(self, kind=KIND):
        """A deployment with a database and a ledger of its own, no node started."""
        dsn = self.postgres.create_database()
        if kind == 'kafka':
            return Site(dsn, KafkaLedger(self.kafka))
        return Site(dsn, PostgresLedger(self.postgres, dsn))
