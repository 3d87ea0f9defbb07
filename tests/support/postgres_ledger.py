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
            stored = list(_stored(bytes.fromhex(payload), int(ms)))
            assert len(stored) == int(count)
            found += [Record(int(partition), int(first) + i, *rest)
                      for i, rest in enumerate(stored)]
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


def _stored(payload, ms):
    """(time, key, value); of an import, each has its own time."""
    assert payload[0] in (1, 2)
    at = 1
    while at < len(payload):
        if payload[0] == 2:
            ms, at = int.from_bytes(payload[at:at + 8], 'little'), at + 8
        key, at = _take(payload, at)
        value, at = _take(payload, at)
        yield ms, key, value


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
