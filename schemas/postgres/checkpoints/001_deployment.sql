-- What belongs to this deployment as a whole, as the fingerprint of its secret.
CREATE TABLE checkpoints.deployment (
  name text PRIMARY KEY,
  value bytea NOT NULL
);
