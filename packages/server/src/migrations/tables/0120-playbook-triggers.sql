-- playbook triggers: conditions over an incident that suggest or start a playbook. Times are milliseconds since the epoch.
CREATE TABLE playbook_trigger (
  id          text PRIMARY KEY,
  name        text NOT NULL,
  playbook_id text NOT NULL,
  condition   text NOT NULL,
  mode        text NOT NULL CHECK (mode IN ('suggest', 'start')),
  enabled     boolean NOT NULL,
  owner       text NOT NULL,
  origin      text NOT NULL CHECK (origin IN ('shipped', 'own')),
  version     integer NOT NULL CHECK (version > 0),
  created_at  bigint NOT NULL,
  created_by  jsonb NOT NULL,
  updated_at  bigint NOT NULL,
  updated_by  jsonb NOT NULL,
  -- the last time its condition could not be worked out: {at, incidentId, reason}
  error       jsonb
);

-- one row for a trigger and an incident, for ever: what has fired does not fire again
CREATE TABLE playbook_trigger_hit (
  id           text PRIMARY KEY,
  trigger_id   text NOT NULL,
  incident_id  text NOT NULL,
  -- the trigger as it was: name, version, who armed it
  trigger      jsonb NOT NULL,
  playbook_id  text NOT NULL,
  mode         text NOT NULL,
  exercise_id  text,
  state        text NOT NULL CHECK (state IN ('suggested', 'due', 'started', 'dismissed')),
  reasons      jsonb NOT NULL,
  run_id       text,
  problem      text NOT NULL DEFAULT '',
  note         text NOT NULL DEFAULT '',
  at           bigint NOT NULL,
  decided_by   jsonb,
  decided_at   bigint,
  UNIQUE (trigger_id, incident_id)
);
CREATE INDEX playbook_trigger_hit_incident ON playbook_trigger_hit (incident_id);
CREATE INDEX playbook_trigger_hit_due ON playbook_trigger_hit (at) WHERE state = 'due';

-- incidents to look at: written by the transaction that opened or changed them, once however often that was
CREATE SEQUENCE playbook_trigger_seq;
CREATE TABLE playbook_trigger_queue (
  incident_id text PRIMARY KEY,
  -- the newest change: what was looked at before it is looked at again
  seq         bigint NOT NULL DEFAULT nextval('playbook_trigger_seq')
);

-- who armed the trigger that started a run: may not approve what it does, as who edited the playbook may not
ALTER TABLE playbook_run ADD COLUMN armed_by jsonb;
