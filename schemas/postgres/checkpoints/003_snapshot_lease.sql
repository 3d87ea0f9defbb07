-- Who may write snapshots: at most one row. `until` is by this server's clock.
CREATE TABLE checkpoints.snapshot_lease (
  one boolean PRIMARY KEY DEFAULT true CHECK (one),
  holder text NOT NULL,
  until timestamptz NOT NULL
);
