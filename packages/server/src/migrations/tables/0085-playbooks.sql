-- playbooks: texts with their versions, and the journal of runs. Times are milliseconds since the epoch.
CREATE TABLE playbook (
  id         text PRIMARY KEY,
  origin     text NOT NULL CHECK (origin IN ('shipped', 'own')),
  name       text NOT NULL,
  -- what somebody changed and did not publish yet
  draft      text,
  draft_by   jsonb,
  draft_at   bigint,
  created_at bigint NOT NULL
);

CREATE TABLE playbook_version (
  playbook_id  text NOT NULL REFERENCES playbook,
  version      integer NOT NULL CHECK (version > 0),
  text         text NOT NULL,
  published_at bigint NOT NULL,
  published_by jsonb NOT NULL,
  PRIMARY KEY (playbook_id, version)
);

CREATE TABLE playbook_run (
  id           text PRIMARY KEY,
  key          text NOT NULL UNIQUE,
  playbook_id  text NOT NULL,
  name         text NOT NULL,
  version      integer NOT NULL,
  -- as it was when the run began: what is published later changes no run
  playbook     jsonb NOT NULL,
  edited_by    jsonb,
  incident_id  text,
  exercise_id  text,
  parent_run   text,
  parent_step  text,
  started_by   jsonb NOT NULL,
  state        text NOT NULL CHECK (state IN ('running', 'stuck', 'done', 'failed', 'cancelled')),
  reason       text NOT NULL DEFAULT '',
  -- where it stands, and how many times that changed
  stand        jsonb NOT NULL,
  tick         integer NOT NULL DEFAULT 0,
  started_at   bigint NOT NULL,
  ended_at     bigint
);
CREATE INDEX playbook_run_newest ON playbook_run (started_at DESC, id DESC);
CREATE INDEX playbook_run_incident ON playbook_run (incident_id, started_at DESC) WHERE incident_id IS NOT NULL;
CREATE INDEX playbook_run_playbook ON playbook_run (playbook_id, started_at DESC);

CREATE TABLE playbook_step (
  run_id      text NOT NULL REFERENCES playbook_run ON DELETE CASCADE,
  instance    text NOT NULL,
  seq         bigint GENERATED ALWAYS AS IDENTITY,
  step        text NOT NULL,
  kind        text NOT NULL,
  title       text NOT NULL,
  state       text NOT NULL CHECK (state IN ('waiting', 'done', 'failed', 'timeout', 'stuck', 'dropped')),
  task        jsonb NOT NULL,
  entered_at  bigint NOT NULL,
  ended_at    bigint,
  deadline    bigint,
  waits_for   text,
  -- whether the world was asked: what was not is asked again after a crash, under the same key
  sent        boolean NOT NULL DEFAULT false,
  closed      boolean NOT NULL DEFAULT false,
  effect_id   text,
  approval_id text,
  child_run   text,
  output      jsonb NOT NULL DEFAULT '{}',
  reason      text NOT NULL DEFAULT '',
  decided_by  jsonb,
  PRIMARY KEY (run_id, instance)
);
CREATE INDEX playbook_step_unsent ON playbook_step (run_id) WHERE NOT sent OR NOT closed;
