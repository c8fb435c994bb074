-- correlation: what became of signals whose match did not last. Signals are never edited, so this stands beside them.
CREATE TABLE correlation_withdrawal (
  signal_id   text PRIMARY KEY,
  rule_id     text NOT NULL,
  reason      text NOT NULL,
  -- the signal of the match that this one became a part of; null: what it stood on is gone
  merged_into text,
  at          timestamptz NOT NULL DEFAULT now()
);

-- What the signal was collapsed on, so that its alert is found again; null on matches from before.
ALTER TABLE correlation_match ADD COLUMN entity_kind text;
ALTER TABLE correlation_match ADD COLUMN entity_value text;
ALTER TABLE correlation_match ADD COLUMN signal_ms double precision;
