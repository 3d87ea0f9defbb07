"""The postgres ledger's own tables, read and written beside the service: infra/ledger/segment.h
says what a payload is."""

from ledger_record import Record


class PostgresLedger:
    def __init__(self, server, dsn):
        self.server, self.dsn = server, dsn
        self.settings, self.environment = {}, {}

    def records(self):
        """All of the ledger, by partition and offset."""
        found = []
        for partition, first, count, ms, payload in self._sql(
                "select partition, first_offset, count, ms, encode(payload, 'hex')"
                ' from ledger.segments order by 1, 2'):
            pairs = list(_pairs(bytes.fromhex(payload)))
            assert len(pairs) == int(count)
            found += [Record(int(partition), int(first) + i, int(ms), *pair)
                      for i, pair in enumerate(pairs)]
        return found

    def append(self, partition, key, value):
        """One record behind the others, as any process could append it."""
        payload = b'\x01' + _sized(key) + _sized(value)
        self._sql(f'''
            with moved as (
              update ledger.heads set next_offset = next_offset + 1 where partition = {partition}
              returning next_offset - 1 as first_offset,
                        floor(extract(epoch from clock_timestamp()) * 1000)::bigint as ms
            ), written as (
              insert into ledger.segments (partition, first_offset, count, ms, payload)
              select {partition}, first_offset, 1, ms, decode('{payload.hex()}', 'hex') from moved
              returning 1
            )
            select pg_notify('flashpoll_ledger', '') from written''')

    def lose_last(self, partition):
        """Cuts off this partition's last segment."""
        where = f'where partition = {partition}'
        last = f'(select max(first_offset) from ledger.segments {where})'
        self._sql(f'''update ledger.heads set next_offset = {last} {where};
                      delete from ledger.segments {where} and first_offset = {last};''')

    def exchange(self, partition):
        """The same records, at other times."""
        self._sql(f'update ledger.segments set ms = ms + 1 where partition = {partition}')

    def _sql(self, statement):
        return self.server.sql(statement, self.dsn)


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
