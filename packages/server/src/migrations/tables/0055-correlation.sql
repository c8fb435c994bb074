-- correlation: what correlation rules remember between blocks, and the matches they made. Written in the transaction that moves
-- the checkpoint, so that a match is neither lost nor made twice.

-- One row. The version goes up with every transaction that changes the state: whoever holds the state in memory compares it.
CREATE TABLE correlation_version (
  one     boolean PRIMARY KEY DEFAULT true CHECK (one),
  version bigint NOT NULL
);
INSERT INTO correlation_version (version) VALUES (0);

CREATE TABLE correlation_group (
  rule_id     text NOT NULL,
  -- Digest of the key: keys are made of values from logs and can be long.
  key_digest  text NOT NULL,
  key         text NOT NULL,
  -- Of the rule's meaning; the state is of no use to a rule that means something else.
  fingerprint text NOT NULL,
  meta        jsonb NOT NULL,
  changed_at  timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (rule_id, key_digest)
);
CREATE INDEX correlation_group_changed ON correlation_group (changed_at);

-- The inputs of a group as they came, a few per row; only ever added, and dropped once no window needs them.
CREATE TABLE correlation_inputs (
  seq        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  rule_id    text NOT NULL,
  key_digest text NOT NULL,
  last_ms    double precision NOT NULL,
  rows       jsonb NOT NULL,
  FOREIGN KEY (rule_id, key_digest) REFERENCES correlation_group ON DELETE CASCADE
);
CREATE INDEX correlation_inputs_group ON correlation_inputs (rule_id, key_digest, last_ms);

CREATE TABLE correlation_match (
  id         text PRIMARY KEY,
  rule_id    text NOT NULL,
  group_by   jsonb NOT NULL,
  first_ms   double precision NOT NULL,
  last_ms    double precision NOT NULL,
  formed_ms  double precision NOT NULL,
  value      double precision NOT NULL,
  inputs     bigint NOT NULL,
  -- The first of them.
  event_ids  text[] NOT NULL,
  -- The signal it was raised with: that of the match it took the place of, where it did.
  signal_id  text NOT NULL,
  -- A late event took back what it stood on.
  withdrawn  boolean NOT NULL DEFAULT false,
  found_at   timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX correlation_match_signal ON correlation_match (signal_id);
CREATE INDEX correlation_match_found ON correlation_match (found_at);

-- Signals of matches on their way to the event store, one transaction one batch.
CREATE TABLE correlation_outbox (
  batch bigint PRIMARY KEY,
  rows  integer NOT NULL,
  lines text NOT NULL
);
