-- detect: what people decided about rules. A rule without a row is enabled.
CREATE TABLE rule_state (
  rule_id    text PRIMARY KEY,
  enabled    boolean NOT NULL,
  reason     text NOT NULL DEFAULT '',
  changed_at timestamptz NOT NULL,
  changed_by text NOT NULL
);
