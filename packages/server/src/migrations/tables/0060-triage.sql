-- triage: alerts, incidents and what people did with them. Times are milliseconds since the epoch: exact as cursor and in sums.
-- severity and criticality are numbers so that they sort; 0 informational … 4 critical, 0 = no service.
CREATE TABLE alert (
  id              text PRIMARY KEY,
  collapse_key    text NOT NULL,
  rule_id         text NOT NULL,
  title           text NOT NULL,
  severity        smallint NOT NULL CHECK (severity BETWEEN 0 AND 4),
  state           text NOT NULL CHECK (state IN ('new', 'acknowledged', 'closed')),
  verdict         text CHECK (verdict IN ('true-positive', 'benign', 'false-positive', 'duplicate')),
  entity_kind     text NOT NULL,
  entity_value    text NOT NULL,
  asset_id        text,
  identity_id     text,
  host            text NOT NULL,
  count           bigint NOT NULL CHECK (count > 0),
  first_seen      bigint NOT NULL,
  last_seen       bigint NOT NULL,
  raised_at       bigint NOT NULL,
  acknowledged_at bigint,
  closed_at       bigint,
  assignee_id     text,
  assignee_name   text,
  team            text CHECK (team IN ('security', 'operations')),
  tactics         text[] NOT NULL,
  techniques      text[] NOT NULL,
  -- the services it hits, most critical first, as they were when last looked up
  services        jsonb NOT NULL DEFAULT '[]',
  criticality     smallint NOT NULL DEFAULT 0,
  incident_id     text,
  -- the closed alert of the same cause that this one follows
  previous_id     text,
  -- an incident that was full when this alert would have joined it
  overflow_of     text,
  entities_cut    integer NOT NULL DEFAULT 0,
  CHECK (first_seen <= last_seen)
);
CREATE INDEX alert_collapse ON alert (collapse_key, last_seen);
CREATE INDEX alert_queue ON alert (severity DESC, criticality DESC, raised_at DESC, id DESC) WHERE state <> 'closed';
CREATE INDEX alert_priority ON alert (severity DESC, criticality DESC, raised_at DESC, id DESC);
CREATE INDEX alert_newest ON alert (raised_at DESC, id DESC);
CREATE INDEX alert_count ON alert (count DESC, id DESC);
CREATE INDEX alert_rule ON alert (rule_id, raised_at DESC);
CREATE INDEX alert_entity_value ON alert (lower(entity_value));
CREATE INDEX alert_incident ON alert (incident_id) WHERE incident_id IS NOT NULL;
CREATE INDEX alert_assignee ON alert (assignee_id) WHERE assignee_id IS NOT NULL;
CREATE INDEX alert_services ON alert USING gin (services jsonb_path_ops);
CREATE INDEX alert_last_seen ON alert (last_seen);

-- Apart from the alert, because it changes with every block of a storm and is read for one alert at a time.
CREATE TABLE alert_sample (
  alert_id text PRIMARY KEY REFERENCES alert ON DELETE CASCADE,
  first    jsonb NOT NULL,
  latest   jsonb NOT NULL
);

CREATE TABLE alert_entity (
  alert_id    text NOT NULL REFERENCES alert ON DELETE CASCADE,
  role        text NOT NULL CHECK (role IN ('own', 'origin', 'seen')),
  key         text NOT NULL,
  kind        text NOT NULL,
  value       text NOT NULL,
  asset_id    text,
  identity_id text,
  first_seen  bigint NOT NULL,
  last_seen   bigint NOT NULL,
  PRIMARY KEY (alert_id, role, key)
);
-- without the role, which stands first in the key
CREATE INDEX alert_entity_key ON alert_entity (substr(key, strpos(key, ':') + 1));

-- What ties alerts together: read by key and time when an alert looks for its incident.
CREATE TABLE alert_link (
  key        text NOT NULL,
  alert_id   text NOT NULL REFERENCES alert ON DELETE CASCADE,
  role       text NOT NULL,
  kind       text NOT NULL,
  value      text NOT NULL,
  first_seen bigint NOT NULL,
  last_seen  bigint NOT NULL,
  PRIMARY KEY (alert_id, key, role, value)
);
CREATE INDEX alert_link_key ON alert_link (key, last_seen DESC);

CREATE TABLE incident (
  id            text PRIMARY KEY,
  number        bigint NOT NULL UNIQUE,
  title         text NOT NULL,
  -- null as long as the system names it
  title_by      text,
  summary       text NOT NULL DEFAULT '',
  severity      smallint NOT NULL CHECK (severity BETWEEN 0 AND 4),
  severity_by   text,
  severity_why  text NOT NULL DEFAULT '',
  state         text NOT NULL CHECK (state IN ('open', 'contained', 'resolved', 'closed')),
  team          text CHECK (team IN ('security', 'operations')),
  assignee_id   text,
  assignee_name text,
  waiting_for   text CHECK (waiting_for IN ('security', 'operations')),
  waiting_since bigint,
  opened_at     bigint NOT NULL,
  closed_at     bigint,
  -- a person has worked on it: the system no longer fuses it into another
  touched       boolean NOT NULL DEFAULT false,
  -- fused into this one; members and timeline stay its own, so that undoing restores them as they were
  merged_into   text REFERENCES incident,
  -- the incident at the end of the chain of merged_into; itself when it was not merged
  root_id       text NOT NULL,
  alerts        integer NOT NULL DEFAULT 0,
  signals       bigint NOT NULL DEFAULT 0,
  first_seen    bigint NOT NULL,
  last_seen     bigint NOT NULL,
  tactics       text[] NOT NULL DEFAULT '{}',
  hosts         text[] NOT NULL DEFAULT '{}',
  services      jsonb NOT NULL DEFAULT '[]',
  criticality   smallint NOT NULL DEFAULT 0
);
CREATE INDEX incident_root ON incident (root_id);
CREATE INDEX incident_priority ON incident (severity DESC, criticality DESC, opened_at DESC, number DESC) WHERE merged_into IS NULL;
CREATE INDEX incident_newest ON incident (opened_at DESC, number DESC) WHERE merged_into IS NULL;
CREATE INDEX incident_services ON incident USING gin (services jsonb_path_ops);

CREATE TABLE incident_member (
  incident_id text NOT NULL REFERENCES incident,
  alert_id    text NOT NULL REFERENCES alert ON DELETE CASCADE,
  reason      text NOT NULL,
  shared      jsonb NOT NULL DEFAULT '[]',
  added_at    bigint NOT NULL,
  added_by    text NOT NULL CHECK (added_by IN ('system', 'person')),
  removed_at      bigint,
  removed_by_id   text,
  removed_by_name text,
  PRIMARY KEY (incident_id, alert_id)
);
CREATE UNIQUE INDEX incident_member_once ON incident_member (alert_id) WHERE removed_at IS NULL;

CREATE TABLE incident_merge (
  id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  kept_id     text NOT NULL REFERENCES incident,
  merged_id   text NOT NULL REFERENCES incident,
  at          bigint NOT NULL,
  reason      text NOT NULL,
  by_system   boolean NOT NULL,
  undone_at   bigint
);
CREATE INDEX incident_merge_kept ON incident_merge (kept_id, id DESC);
CREATE INDEX incident_merge_merged ON incident_merge (merged_id, id DESC);

-- What people and the system did, append-only. subject = an alert's or an incident's id; a bulk action is one row per alert.
CREATE TABLE timeline_entry (
  id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  subject    text NOT NULL,
  at         bigint NOT NULL,
  lane       text NOT NULL CHECK (lane IN ('attacker', 'security', 'operations', 'changes', 'system')),
  kind       text NOT NULL CHECK (kind IN ('comment', 'state', 'assignment', 'severity', 'member', 'merge')),
  title      text NOT NULL,
  body       text NOT NULL DEFAULT '',
  actor_id   text,
  actor_name text,
  alert_id   text
);
CREATE INDEX timeline_entry_subject ON timeline_entry (subject, at);

-- Blocks of signals that were taken in, so that the same block can never count twice.
CREATE TABLE triage_block (
  token      text PRIMARY KEY,
  applied_at bigint NOT NULL
);
CREATE INDEX triage_block_age ON triage_block (applied_at);
