-- One row per partition: the offset of the next record. Its lock orders the partition's appends and
-- is held until they are committed, so offsets are dense and become visible in order.
CREATE TABLE ledger.heads (
  partition integer PRIMARY KEY CHECK (partition >= 0),
  next_offset bigint NOT NULL DEFAULT 0 CHECK (next_offset >= 0)
) WITH (fillfactor = 10, autovacuum_vacuum_threshold = 1000, autovacuum_vacuum_scale_factor = 0);
