"""The postgres ledger's own tables, read and written beside the service: infra/ledger/segment.h
says what a payload is."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Record:
    partition: int
    offset: int
    ms: int       # as the ledger gave it
    key: bytes    # the poll's id
    value: bytes  # the event's canonical bytes


def records(server, dsn):
    """All of the ledger, by partition and offset."""
    found = []
    for partition, first, count, ms, payload in server.sql(
            "select partition, first_offset, count, ms, encode(payload, 'hex')"
            ' from ledger.segments order by 1, 2', dsn):
        pairs = list(_pairs(bytes.fromhex(payload)))
        assert len(pairs) == int(count)
        found += [Record(int(partition), int(first) + i, int(ms), *pair)
                  for i, pair in enumerate(pairs)]
    return found


def append(server, dsn, partition, key, value):
    """One record behind the others, as any process could append it."""
    payload = b'\x01' + _sized(key) + _sized(value)
    server.sql(f'''
        with moved as (
          update ledger.heads set next_offset = next_offset + 1 where partition = {partition}
          returning next_offset - 1 as first_offset,
                    floor(extract(epoch from clock_timestamp()) * 1000)::bigint as ms
        ), written as (
          insert into ledger.segments (partition, first_offset, count, ms, payload)
          select {partition}, first_offset, 1, ms, decode('{payload.hex()}', 'hex') from moved
          returning 1
        )
        select pg_notify('flashpoll_ledger', '') from written''', dsn)


def _pairs(payload):
    assert payload[0] == 1, 'a segment with one time for all'
    at = 1
    while at < len(payload):
        key, at = _take(payload, at)
        value, at = _take(payload, at)
        yield key, value


def _take(payload, at):
    size = shift = 0
    while True:
        byte = payload[at]
        size |= (byte & 0x7f) << shift
        at, shift = at + 1, shift + 7
        if byte < 0x80:
            return payload[at:at + size], at + size


def _sized(text):
    size, out = len(text), bytearray()
    while size >= 0x80:
        out.append(size & 0x7f | 0x80)
        size >>= 7
    return bytes(out) + bytes([size]) + text


def partition_of(key, partitions=12):
    """Kafka's default partitioner: murmur2 of the key."""
    data, mask, m = key.encode(), 0xffffffff, 0x5bd1e995
    h = 0x9747b28c ^ len(data)
    for at in range(0, len(data) - 3, 4):
        k = int.from_bytes(data[at:at + 4], 'little') * m & mask
        h = (h * m & mask) ^ ((k ^ k >> 24) * m & mask)
    if tail := data[len(data) & ~3:]:
        h = (h ^ int.from_bytes(tail, 'little')) * m & mask
    h = (h ^ h >> 13) * m & mask
    return ((h ^ h >> 15) & 0x7fffffff) % partitions
