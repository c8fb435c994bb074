-- triage: what keeps alerts out of the queue: suppressions hide, maintenance windows hold and let go. Counters are exact.
CREATE TABLE suppression (
  id             text PRIMARY KEY,
  expression     text NOT NULL,
  rule_id        text,
  owner          text NOT NULL,
  reason         text NOT NULL,
  created_by     text NOT NULL,
  created_at     bigint NOT NULL,
  expires_at     bigint,
  ended_at       bigint,
  ending         text NOT NULL DEFAULT '',
  hidden_alerts  bigint NOT NULL DEFAULT 0,
  hidden_signals bigint NOT NULL DEFAULT 0,
  last_hidden_at bigint
);
CREATE INDEX suppression_newest ON suppression (created_at DESC, id DESC);
CREATE INDEX suppression_active ON suppression (expires_at) WHERE ended_at IS NULL;

CREATE TABLE maintenance_window (
  id         text PRIMARY KEY,
  title      text NOT NULL,
  scope      jsonb NOT NULL,
  owner      text NOT NULL,
  reason     text NOT NULL,
  begin_at   bigint NOT NULL,
  end_at     bigint NOT NULL,
  created_by text NOT NULL,
  created_at bigint NOT NULL,
  ended_at   bigint,
  released   bigint NOT NULL DEFAULT 0,
  CHECK (begin_at < end_at)
);
CREATE INDEX maintenance_window_newest ON maintenance_window (created_at DESC, id DESC);
CREATE INDEX maintenance_window_active ON maintenance_window (end_at) WHERE ended_at IS NULL;
