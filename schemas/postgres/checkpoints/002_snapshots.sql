-- Opaque snapshots: parts, made valid by the manifest that is written last. At most two manifests.
CREATE TABLE checkpoints.manifests (
  id text PRIMARY KEY,
  version bigint NOT NULL UNIQUE,  -- the newest has the highest
  manifest bytea NOT NULL,
  written_at timestamptz NOT NULL DEFAULT clock_timestamp()
);

CREATE TABLE checkpoints.parts (
  id text NOT NULL,
  name text NOT NULL COLLATE "C",
  bytes bytea NOT NULL,
  PRIMARY KEY (id, name)
);
ALTER TABLE checkpoints.parts ALTER COLUMN bytes SET COMPRESSION lz4;
