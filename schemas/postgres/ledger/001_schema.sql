-- The ledger: partitioned, append-only sequences of records. Nothing here is ever deleted.
CREATE SCHEMA ledger;
