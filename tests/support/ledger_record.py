"""What every ledger holds, and where Kafka's rule puts it."""

from dataclasses import dataclass


@dataclass(frozen=True, order=True)
class Record:
    partition: int
    offset: int
    ms: int       # as the ledger gave it, or an import brought it along
    key: bytes    # the poll's id
    value: bytes  # the event's canonical bytes


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
