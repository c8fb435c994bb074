-- metric rules: alerts on metrics. The text is what a person wrote; a series that crossed its threshold is remembered over restarts.
CREATE TABLE metric_rule (
  id           text PRIMARY KEY,
  text         text NOT NULL,
  next_at      timestamptz NOT NULL,
  evaluated_at timestamptz,
  problem      text NOT NULL DEFAULT '',
  updated_at   timestamptz NOT NULL,
  updated_by   text NOT NULL
);

CREATE TABLE metric_rule_series (
  rule_id   text NOT NULL REFERENCES metric_rule (id) ON DELETE CASCADE,
  series    text NOT NULL,
  -- when it crossed the threshold
  since     timestamptz NOT NULL,
  -- the alert it raised; null while it has not crossed it for long enough
  signal_id text,
  value     double precision,
  -- when it last had a value
  seen_at   timestamptz NOT NULL,
  PRIMARY KEY (rule_id, series)
);
