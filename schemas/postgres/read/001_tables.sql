-- The read tables: folded from the ledger by the projector, never written by anybody else and never
-- migrated; a new shape is a rebuild into the next schema. `read_N` stands for the schema's name
-- (read_1, read_2 …) and is replaced when the tables are created. Which schema is to be read says
-- checkpoints.read_pointer; a transaction that reads more than one table reads the pointer in it.
--
-- Times are Unix milliseconds. poll_id is the 60-bit id, as a positive bigint. Enumerations are the
-- numbers of events/event.h and events/reason.h. All rows of a poll change in the transaction that
-- moves its partition's position, so they always agree with each other.

CREATE SCHEMA read_N;

-- One row per opened poll: its settings and state.
CREATE TABLE read_N.polls (
    poll_id bigint PRIMARY KEY,
    opening_id uuid NOT NULL,
    question text NOT NULL,
    choices text[] NOT NULL,
    min smallint NOT NULL,
    max smallint NOT NULL,
    method smallint NOT NULL,           -- 0 plurality, 1 approval
    results smallint NOT NULL,          -- 0 live, 1 after_vote, 2 after_close
    eligibility smallint NOT NULL,      -- 0 open, 1 codes, 2 trusted
    allow_change boolean NOT NULL,
    opened_at bigint NOT NULL,          -- time of the opening entry
    opens_at bigint NOT NULL,           -- 0: at once
    closes_at bigint NOT NULL,          -- as extended
    first_closes_at bigint NOT NULL,    -- as opened
    manage bytea NOT NULL,              -- SHA-256 of the manage token
    key bytea NOT NULL,                 -- fingerprint of the deployment's secret
    state smallint NOT NULL,            -- 0 open, 1 closed, 2 hidden: as entries say, by no clock
    codes_issued integer NOT NULL,
    closed_seq bigint,                  -- the entry that ended the poll: closing or hiding
    closed_at bigint,
    closed_by smallint,                 -- 0 owner, 1 deadline; null when hiding ended it
    hidden_seq bigint,
    hidden_at bigint
);

-- One row per opened poll: its result, which one read sees whole.
CREATE TABLE read_N.poll_results (
    poll_id bigint PRIMARY KEY,
    seq bigint NOT NULL,                -- of the latest entry, counted or void
    at bigint NOT NULL,                 -- of that entry
    votes bigint[] NOT NULL,            -- per choice, in the order of polls.choices
    voters bigint NOT NULL,             -- with a standing ballot
    counted bigint NOT NULL,            -- entries of all types; counted + voided = seq + 1
    voided bigint NOT NULL,
    status smallint NOT NULL            -- 0 open, 1 closed, 2 hidden, 3 parked (also a closed one)
) WITH (fillfactor = 50);

-- One row per entry: the audit trail. A vote's canonical bytes are encoded again from the fields,
-- those of other types stand in `body`. Choices are a byte each: get_byte(choices, 0) is the first.
-- Of 16-byte types, uuid is the one of fixed length, and compared at once.
CREATE TABLE read_N.poll_events (
    poll_id bigint NOT NULL,
    seq bigint NOT NULL,
    at bigint NOT NULL,
    type smallint NOT NULL,             -- 1 poll.opened.v1, 2 vote.cast.v1 … 7 poll.hidden.v1
    reason smallint NOT NULL,           -- 0 counted, else why it is void
    voter uuid,                         -- the tag, 16 bytes; of votes and retractions
    vote_id uuid,                       -- of votes and retractions
    choices bytea,                      -- of votes
    replaces bigint,
    added bytea NOT NULL,               -- choices of the ballot that came
    removed bytea NOT NULL,             -- choices of the ballot that went
    original bigint,                    -- the voter's latest counted entry before this one
    body text,                          -- canonical bytes of the other types
    PRIMARY KEY (poll_id, seq)
);
-- Most of what a row costs is its place among the voters, whose tags are random, in an index that
-- has outgrown the caches. So the first counted entry of a voter, often his only one, is found by a
-- hash of the tag within its block of the poll: new entries meet in a few pages. Block n is of the
-- seqs from (16 n)^2, so that blocks and what they hold both grow with the root of the poll: of ten
-- million entries there are 198, with 100 000 in the last. Rows that share a key are told apart by
-- their tags.
CREATE FUNCTION read_N.vote_block(seq bigint) RETURNS bigint LANGUAGE sql IMMUTABLE
    RETURN floor(sqrt(seq))::bigint >> 4;
CREATE FUNCTION read_N.first_vote_key(poll_id bigint, block bigint, voter uuid) RETURNS bigint
    LANGUAGE sql IMMUTABLE
    RETURN (poll_id << 44) | ((block & 65535) << 28) | (uuid_hash(voter)::bigint & 268435455);
CREATE INDEX poll_events_first
    ON read_N.poll_events (read_N.first_vote_key(poll_id, read_N.vote_block(seq), voter))
    WHERE reason = 0 AND replaces IS NULL;
-- All others are in a tree. A tag is of one poll, whose id is therefore not needed.
CREATE INDEX poll_events_again ON read_N.poll_events (voter, seq)
    WHERE voter IS NOT NULL AND (reason <> 0 OR replaces IS NOT NULL);
CREATE INDEX poll_events_void ON read_N.poll_events (poll_id, reason, seq) WHERE reason <> 0;
-- The few entries of a poll that are no votes.
CREATE INDEX poll_events_other ON read_N.poll_events (poll_id, seq) WHERE body IS NOT NULL;

-- Results of the past, after the entry `seq`: of each entry whose seq is a multiple of 1000, and of
-- the last entry of each second (at / 1000) that a later second's entry has followed. So a result
-- at any seq or time is the row at or before it and at most 999 entries of poll_events after it;
-- and what a second, or any window of whole seconds, brought is the difference of two rows, with
-- poll_results as the row of the second that is still running.
CREATE TABLE read_N.result_history (
    poll_id bigint NOT NULL,
    seq bigint NOT NULL,
    at bigint NOT NULL,
    votes bigint[] NOT NULL,
    voters bigint NOT NULL,
    counted bigint NOT NULL,            -- entries of all types up to this one
    voided bigint NOT NULL,
    PRIMARY KEY (poll_id, seq)
);
CREATE INDEX result_history_at ON read_N.result_history (poll_id, at, seq);

-- Records without effect: the newest 1000 of each partition.
CREATE TABLE read_N.stray_records (
    partition integer NOT NULL,
    record_offset bigint NOT NULL,
    append_time bigint NOT NULL,
    cause smallint NOT NULL,            -- events/codec.h, StrayCause
    key bytea NOT NULL,                 -- the first 64 bytes
    value bytea NOT NULL,               -- the first 256 bytes
    size bigint NOT NULL,               -- bytes of the whole value
    PRIMARY KEY (partition, record_offset)
);

-- Polls that stopped at a record of a type which the projector does not know.
CREATE TABLE read_N.parked_polls (
    poll_id bigint PRIMARY KEY,
    partition integer NOT NULL,
    record_offset bigint NOT NULL,      -- of the record that parked it
    type text NOT NULL,
    seq bigint,                         -- of the last entry before it; null: never opened
    at bigint                           -- of that entry
);

-- How far each partition is folded. The projector moves a row from its old value in the first
-- statement of each transaction, so of two projectors only one can.
CREATE TABLE read_N.positions (
    partition integer PRIMARY KEY,
    next_offset bigint NOT NULL,        -- records below are folded
    last_offset bigint NOT NULL,        -- of the last folded record, -1: none
    last_digest bytea NOT NULL,         -- SHA-256 of that record, empty: none
    reader integer NOT NULL             -- vocabulary of the projector that wrote it
) WITH (fillfactor = 50);
