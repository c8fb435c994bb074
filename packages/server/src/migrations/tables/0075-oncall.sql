-- oncall: schedules, policies, pages and clocks. Times are milliseconds since the epoch, as in triage.
CREATE TABLE oncall_schedule (
  id         text PRIMARY KEY,
  name       text NOT NULL UNIQUE,
  team       text CHECK (team IN ('security', 'operations')),
  time_zone  text NOT NULL,
  layers     jsonb NOT NULL,
  updated_at bigint NOT NULL
);

CREATE TABLE oncall_override (
  id          text PRIMARY KEY,
  schedule_id text NOT NULL REFERENCES oncall_schedule ON DELETE CASCADE,
  starts_at   bigint NOT NULL,
  ends_at     bigint NOT NULL,
  person_id   text NOT NULL,
  covers_id   text,
  reason      text NOT NULL DEFAULT '',
  by_id       text NOT NULL,
  by_name     text NOT NULL,
  created_at  bigint NOT NULL,
  -- the later one wins where two overlap
  seq         bigint GENERATED ALWAYS AS IDENTITY,
  CHECK (starts_at < ends_at)
);
CREATE INDEX oncall_override_range ON oncall_override (schedule_id, ends_at);

CREATE TABLE oncall_policy (
  id         text PRIMARY KEY,
  name       text NOT NULL UNIQUE,
  place      integer NOT NULL,
  opens      jsonb,
  steps      jsonb NOT NULL,
  repeat     integer NOT NULL,
  updated_at bigint NOT NULL
);

CREATE TABLE oncall_contact (
  person_id text PRIMARY KEY,
  methods   jsonb NOT NULL
);

CREATE TABLE oncall_escalation (
  id            text PRIMARY KEY,
  incident_id   text NOT NULL,
  -- who asked for it: the same key asks once
  key           text NOT NULL UNIQUE,
  policy_id     text NOT NULL,
  policy_name   text NOT NULL,
  severity      smallint NOT NULL,
  reason        text NOT NULL,
  state         text NOT NULL CHECK (state IN ('running', 'acknowledged', 'snoozed', 'exhausted', 'ended')),
  started_at    bigint NOT NULL,
  -- the next step to take, from 0, and the round, from 1
  step          integer NOT NULL DEFAULT 0,
  round         integer NOT NULL DEFAULT 1,
  first_round   integer NOT NULL DEFAULT 1,
  wake_at       bigint NOT NULL,
  -- a new workflow takes over with each generation; those before it end by themselves
  generation    integer NOT NULL DEFAULT 1,
  answered_by   text,
  answered_name text,
  answered_at   bigint,
  answered_from text
);
-- One at a time for an incident, however many alerts a storm brings.
CREATE UNIQUE INDEX oncall_escalation_open ON oncall_escalation (incident_id) WHERE state IN ('running', 'snoozed', 'acknowledged');
CREATE INDEX oncall_escalation_incident ON oncall_escalation (incident_id, started_at DESC);

-- At most one page for an incident, round and step: the key itself says so.
CREATE TABLE oncall_page (
  id            text PRIMARY KEY,
  escalation_id text NOT NULL REFERENCES oncall_escalation,
  incident_id   text NOT NULL,
  round         integer NOT NULL,
  step          integer NOT NULL,
  at            bigint NOT NULL,
  state         text NOT NULL CHECK (state IN ('open', 'done')),
  seq           bigint GENERATED ALWAYS AS IDENTITY,
  UNIQUE (escalation_id, round, step)
);
CREATE INDEX oncall_page_incident ON oncall_page (incident_id, seq DESC);
CREATE INDEX oncall_page_newest ON oncall_page (seq DESC);

-- The journal: written as 'sending' before anything leaves. Found so after a crash it becomes 'unknown' and is not sent again;
-- the person's next method is tried instead.
CREATE TABLE oncall_delivery (
  id           text PRIMARY KEY,
  page_id      text NOT NULL REFERENCES oncall_page,
  -- the recipient's place in the page, and the method's place in their order
  recipient    integer NOT NULL,
  place        integer NOT NULL,
  person_id    text,
  person_name  text,
  kind         text NOT NULL,
  connector_id text,
  address      text NOT NULL,
  state        text NOT NULL CHECK (state IN ('waiting', 'sending', 'delivered', 'failed', 'unknown', 'skipped')),
  reason       text NOT NULL DEFAULT '',
  at           bigint NOT NULL,
  -- sha-256 of the secret in the link that answers; single use
  answer_hash  bytea UNIQUE,
  answered_at  bigint,
  UNIQUE (page_id, recipient, place)
);

CREATE TABLE oncall_sla (
  id      boolean PRIMARY KEY DEFAULT true CHECK (id),
  version integer NOT NULL,
  targets jsonb NOT NULL
);

CREATE TABLE oncall_clock (
  incident_id  text NOT NULL,
  phase        text NOT NULL CHECK (phase IN ('acknowledge', 'contain', 'resolve')),
  started_at   bigint NOT NULL,
  minutes      integer NOT NULL,
  why          text NOT NULL,
  pauses       boolean NOT NULL,
  pages        boolean NOT NULL,
  met_at       bigint,
  breached_at  bigint,
  paused_since bigint,
  paused_ms    bigint NOT NULL DEFAULT 0,
  pause_reason text NOT NULL DEFAULT '',
  -- as in escalations
  generation   integer NOT NULL DEFAULT 1,
  PRIMARY KEY (incident_id, phase)
);

-- Why clocks stand: one row for each wait that is still open; by hand is a wait of its own.
CREATE TABLE oncall_pause (
  incident_id text NOT NULL,
  phase       text NOT NULL,
  key         text NOT NULL,
  reason      text NOT NULL,
  since       bigint NOT NULL,
  PRIMARY KEY (incident_id, phase, key)
);

CREATE TABLE oncall_hook (
  kind   text PRIMARY KEY CHECK (kind IN ('slack', 'pagerduty')),
  secret text NOT NULL
);
