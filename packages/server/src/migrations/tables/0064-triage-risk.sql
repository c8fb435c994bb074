-- triage: versioned settings, and the risk of entities with what it consists of.
CREATE TABLE triage_setting (
  version integer PRIMARY KEY,
  at      bigint NOT NULL,
  by_name text NOT NULL,
  note    text NOT NULL,
  value   jsonb NOT NULL
);

CREATE TABLE risk_entity (
  key         text PRIMARY KEY,
  kind        text NOT NULL,
  value       text NOT NULL,
  asset_id    text,
  identity_id text,
  exercise_id text,
  -- the score at scored_at; all scores halve in the same time, so `heat` (log2 of the score plus the time in half-lives) orders
  -- them at every moment without touching a row
  score       double precision NOT NULL,
  scored_at   bigint NOT NULL,
  heat        double precision NOT NULL,
  spread      double precision NOT NULL,
  tactics     text[] NOT NULL,
  rules       integer NOT NULL,
  criticality smallint NOT NULL,
  exposure    text NOT NULL,
  -- passed the threshold and has not fallen below half of it since
  over        boolean NOT NULL DEFAULT false,
  incident_id text
);
CREATE INDEX risk_entity_heat ON risk_entity (heat DESC, key);

-- One row per entity and rule: the arithmetic, not the sum.
CREATE TABLE risk_part (
  key         text NOT NULL,
  rule_id     text NOT NULL,
  title       text NOT NULL,
  severity    smallint NOT NULL,
  status      text NOT NULL,
  tactics     text[] NOT NULL,
  count       bigint NOT NULL,
  first_seen  bigint NOT NULL,
  last_seen   bigint NOT NULL,
  alert_id    text NOT NULL,
  PRIMARY KEY (key, rule_id)
);

-- The score as it was at the last change in each hour.
CREATE TABLE risk_point (
  key   text NOT NULL,
  hour  bigint NOT NULL,
  at    bigint NOT NULL,
  score double precision NOT NULL,
  PRIMARY KEY (key, hour)
);
CREATE INDEX risk_point_age ON risk_point (hour);

-- What a score consisted of when it opened an incident.
CREATE TABLE risk_opening (
  id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  key         text NOT NULL,
  incident_id text NOT NULL,
  at          bigint NOT NULL,
  score       double precision NOT NULL,
  threshold   double precision NOT NULL,
  spread      double precision NOT NULL,
  version     integer NOT NULL,
  parts       jsonb NOT NULL
);
CREATE INDEX risk_opening_key ON risk_opening (key, id DESC);
CREATE INDEX risk_part_alert ON risk_part (alert_id);
