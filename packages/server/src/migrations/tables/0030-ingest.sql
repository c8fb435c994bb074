-- ingest: sources, imports, quarantine, and how far the pump has come.
CREATE TABLE source (
  id              text PRIMARY KEY,
  kind            text NOT NULL CHECK (kind IN ('syslog-udp', 'syslog-tcp', 'http', 'import')),
  name            text NOT NULL,
  enabled         boolean NOT NULL DEFAULT true,
  -- sha-256 of the key; the key itself is shown once and never stored
  key_hash        bytea UNIQUE,
  key_prefix      text,
  created_at      timestamptz NOT NULL,
  last_event_at   timestamptz,
  stored          bigint NOT NULL DEFAULT 0,
  quarantined     bigint NOT NULL DEFAULT 0,
  duplicates      bigint NOT NULL DEFAULT 0,
  unclassified    bigint NOT NULL DEFAULT 0,
  rejected        bigint NOT NULL DEFAULT 0,
  bytes           bigint NOT NULL DEFAULT 0
);

-- Everything before this place is in the event store and counted. One row per spool that this database has seen.
CREATE TABLE ingest_checkpoint (
  spool           text PRIMARY KEY,
  segment         bigint NOT NULL,
  byte_offset     bigint NOT NULL,
  updated_at      timestamptz NOT NULL DEFAULT now()
);

-- Blocks that are at work. The row is there before the work starts: after a crash the same records go under the same
-- deduplication token, without the same excluded ones.
CREATE TABLE ingest_block (
  spool           text NOT NULL,
  segment         bigint NOT NULL,
  from_offset     bigint NOT NULL,
  to_offset       bigint NOT NULL,
  -- [{ordinal, code, reason}] of records that go to quarantine instead of into the event store
  excluded        jsonb NOT NULL DEFAULT '[]',
  planned_at      timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (spool, segment, from_offset)
);

-- Stretches of the spool that could not be read back.
CREATE TABLE ingest_gap (
  id              bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  spool           text NOT NULL,
  segment         bigint NOT NULL,
  from_offset     bigint NOT NULL,
  to_offset       bigint NOT NULL,
  -- null when the damage took the number with it
  records         bigint,
  found_at        timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE quarantine (
  id              uuid PRIMARY KEY,
  source          text NOT NULL,
  kind            text NOT NULL,
  code            text NOT NULL,
  reason          text NOT NULL,
  segment         bigint NOT NULL,
  ordinal         bigint NOT NULL,
  received_at     timestamptz NOT NULL,
  quarantined_at  timestamptz NOT NULL,
  peer            text NOT NULL,
  raw             bytea NOT NULL,
  replayed_at     timestamptz
);
CREATE INDEX quarantine_newest ON quarantine (quarantined_at DESC, id DESC);
CREATE INDEX quarantine_source ON quarantine (source, quarantined_at DESC, id DESC);

CREATE TABLE import_run (
  id              uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  name            text NOT NULL,
  started_at      timestamptz NOT NULL,
  closed_at       timestamptz,
  stored          bigint NOT NULL DEFAULT 0,
  quarantined     bigint NOT NULL DEFAULT 0,
  duplicates      bigint NOT NULL DEFAULT 0
);

-- A file is its content. How many of its records are in, whatever import brought them.
CREATE TABLE import_file (
  id              uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  sha256          bytea NOT NULL UNIQUE,
  path            text NOT NULL,
  records_known   bigint NOT NULL DEFAULT 0,
  first_seen_at   timestamptz NOT NULL
);

-- Which import announced which file; what was known of it then counts as duplicates of that import.
CREATE TABLE import_run_file (
  run_id          uuid NOT NULL REFERENCES import_run ON DELETE CASCADE,
  file_id         uuid NOT NULL REFERENCES import_file ON DELETE CASCADE,
  known_before    bigint NOT NULL,
  PRIMARY KEY (run_id, file_id)
);
