-- The projector's part of the schema `checkpoints`.

-- The schema of read tables that is in force: one row. Every transaction that reads more than one
-- table of read_N, or writes any, reads this row in it. `former` is kept until the next rebuild,
-- for readers that have not moved on.
CREATE TABLE checkpoints.read_pointer (
    one boolean PRIMARY KEY DEFAULT true CHECK (one),
    schema_name text NOT NULL,
    former text
);

-- Projectors that are alive; a partition's fair share is counted from it.
CREATE TABLE checkpoints.projectors (
    name text PRIMARY KEY,              -- random, of the process
    live_until timestamptz NOT NULL
);

-- Who projects a partition: until `live_until` by this database's clock. It only spares double
-- work: correctness rests on read_N.positions. The backend is the one that writes the holder's
-- rows; who takes over ends it first, because a process frozen inside COPY keeps its locks.
CREATE TABLE checkpoints.projector_leases (
    partition integer PRIMARY KEY,
    holder text,                        -- a projector's name, null: free
    live_until timestamptz NOT NULL,
    backend_pid integer,
    backend_start timestamptz
);
