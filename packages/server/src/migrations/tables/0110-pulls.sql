-- pulls: sources that are fetched. How far each has come lies here and moves only after its records are on disk in the spool.
CREATE TABLE pull (
  source_id       text PRIMARY KEY REFERENCES source ON DELETE CASCADE,
  kind            text NOT NULL,
  settings        jsonb NOT NULL,
  -- private addresses and ranges that it may reach
  allow           text[] NOT NULL DEFAULT '{}',
  since           timestamptz NOT NULL,
  -- records that the spool has acknowledged, and those that came again and were left out
  taken           bigint NOT NULL DEFAULT 0,
  repeated        bigint NOT NULL DEFAULT 0,
  -- why it waits: the schedule, the other side's limit, a failure, or our own back-pressure
  wait            text NOT NULL DEFAULT 'waiting' CHECK (wait IN ('waiting', 'throttled', 'backing-off', 'held')),
  last_try_at     timestamptz,
  last_success_at timestamptz,
  next_try_at     timestamptz NOT NULL,
  failures        integer NOT NULL DEFAULT 0,
  last_error      text,
  last_error_at   timestamptz,
  updated_at      timestamptz NOT NULL,
  updated_by      text NOT NULL
);

-- AES-256-GCM with the key of the home; the associated data is source, kind and field.
CREATE TABLE pull_secret (
  source_id       text NOT NULL REFERENCES pull ON DELETE CASCADE,
  field           text NOT NULL,
  sealed          text NOT NULL,
  PRIMARY KEY (source_id, field)
);

-- A pull has one or more streams, each with a cursor of its own.
CREATE TABLE pull_stream (
  source_id       text NOT NULL REFERENCES pull ON DELETE CASCADE,
  stream          text NOT NULL,
  state           jsonb NOT NULL,
  -- what was being handed to the spool: after a crash the counters say whether it got there
  pending         jsonb,
  PRIMARY KEY (source_id, stream)
);

-- Digests of the ids of records inside the overlap of two windows, so that one that comes again is left out.
CREATE TABLE pull_seen (
  source_id       text NOT NULL REFERENCES pull ON DELETE CASCADE,
  stream          text NOT NULL,
  id              bytea NOT NULL,
  at              timestamptz NOT NULL,
  PRIMARY KEY (source_id, stream, id)
);
CREATE INDEX pull_seen_at ON pull_seen (source_id, stream, at);
