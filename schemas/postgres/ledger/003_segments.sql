-- One row per partition and commit: records first_offset … first_offset + count - 1, appended at
-- `ms` (Unix milliseconds, by this server's clock, raw). The payload's grammar is in
-- infra/ledger/segment.h. Up to one page it is stored inline, beyond that with lz4.
CREATE TABLE ledger.segments (
  partition integer NOT NULL,
  first_offset bigint NOT NULL,
  count integer NOT NULL CHECK (count > 0),
  ms bigint NOT NULL,
  payload bytea NOT NULL,
  PRIMARY KEY (partition, first_offset)
) WITH (toast_tuple_target = 8160);
ALTER TABLE ledger.segments ALTER COLUMN payload SET COMPRESSION lz4;
