-- One row per process that appends: the number of its last batch. A batch in doubt is sent again
-- under its number, and this row lets it in at most once.
CREATE TABLE ledger.writers (
  writer bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  last_seq bigint NOT NULL DEFAULT 0,
  began_at timestamptz NOT NULL DEFAULT now()
) WITH (fillfactor = 10, autovacuum_vacuum_threshold = 1000, autovacuum_vacuum_scale_factor = 0);
