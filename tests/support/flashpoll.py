"""What end-to-end tests use, in one import. Standard library only."""

from api_client import Answer, Client, Lost, owner, raw
from gateway import Gateway
from journal import Journal
from kafka_cluster import KafkaCluster
from ledger_record import partition_of
from live_client import BINARY, CLOSE, PING, PONG, TEXT, Event, EventStream, WebSocket
from node import INGEST, INGEST_TOKEN, Node, Site, binary
from postgres_ledger import PostgresLedger
from postgres_server import Postgres
from processes import Child, eventually, free_port
from servers import Servers

__all__ = [
    'Answer', 'BINARY', 'CLOSE', 'Child', 'Client', 'Event', 'EventStream', 'Gateway',
    'INGEST', 'INGEST_TOKEN', 'Journal', 'KafkaCluster', 'Lost', 'Node', 'PING', 'PONG', 'Postgres',
    'PostgresLedger', 'Servers', 'Site', 'TEXT', 'WebSocket', 'binary', 'eventually', 'free_port',
    'owner', 'partition_of', 'raw',
]
