-- incidents: the joint work on an incident. Times are milliseconds since the epoch. incident_id is the incident that was worked on; when
-- it is merged, the rows stay with it and are read through the incident that it was merged into, so that undoing the merge undoes this as well.
CREATE TABLE incident_note (
  id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  incident_id text NOT NULL,
  -- the same key is written once, however often it is said
  key         text NOT NULL,
  at          bigint NOT NULL,
  lane        text NOT NULL CHECK (lane IN ('attacker', 'security', 'operations', 'changes', 'system')),
  kind        text NOT NULL,
  title       text NOT NULL,
  body        text NOT NULL DEFAULT '',
  actor_id    text,
  actor_name  text,
  link        text,
  UNIQUE (incident_id, key)
);
CREATE INDEX incident_note_at ON incident_note (incident_id, at);
CREATE TRIGGER incident_note_append_only BEFORE UPDATE OR DELETE ON incident_note
  FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE TABLE incident_decision (
  note_id     bigint PRIMARY KEY REFERENCES incident_note,
  incident_id text NOT NULL,
  what        text NOT NULL,
  why         text NOT NULL,
  -- what was known when it was decided
  information text[] NOT NULL
);
CREATE INDEX incident_decision_incident ON incident_decision (incident_id);

CREATE TABLE incident_mention (
  note_id     bigint NOT NULL REFERENCES incident_note,
  person_id   text NOT NULL,
  incident_id text NOT NULL,
  at          bigint NOT NULL,
  by_name     text NOT NULL,
  text        text NOT NULL,
  read_at     bigint,
  PRIMARY KEY (note_id, person_id)
);
CREATE INDEX incident_mention_person ON incident_mention (person_id, at DESC);

-- Whom an incident waits for. What was waited stays: the sum per team is made of these rows.
CREATE TABLE incident_wait (
  id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  incident_id text NOT NULL,
  key         text NOT NULL,
  -- security, operations, or an owner team of the estate
  team        text NOT NULL,
  person_id   text,
  person_name text,
  reason      text NOT NULL,
  since       bigint NOT NULL,
  ended_at    bigint CHECK (ended_at >= since),
  UNIQUE (incident_id, key)
);
CREATE INDEX incident_wait_open ON incident_wait (incident_id) WHERE ended_at IS NULL;

CREATE TABLE incident_role (
  incident_id text NOT NULL,
  role        text NOT NULL CHECK (role IN ('commander', 'security-lead', 'operations-lead', 'communications', 'scribe')),
  person_id   text NOT NULL,
  person_name text NOT NULL,
  since       bigint NOT NULL,
  PRIMARY KEY (incident_id, role)
);

CREATE TABLE incident_task (
  id          text PRIMARY KEY,
  incident_id text NOT NULL,
  -- task: during the incident; action: what the review wants to be done afterwards
  kind        text NOT NULL CHECK (kind IN ('task', 'action')),
  title       text NOT NULL,
  description text NOT NULL DEFAULT '',
  team        text NOT NULL CHECK (team IN ('security', 'operations')),
  owner_id    text,
  owner_name  text,
  due_at      bigint,
  state       text NOT NULL CHECK (state IN ('open', 'doing', 'done', 'dropped')),
  -- the incident waits until it is done
  blocking    boolean NOT NULL DEFAULT false,
  outcome     text NOT NULL DEFAULT '',
  -- the template it came from, or the person
  origin      text NOT NULL,
  created_at  bigint NOT NULL,
  ended_at    bigint,
  position    bigint GENERATED ALWAYS AS IDENTITY
);
CREATE INDEX incident_task_incident ON incident_task (incident_id, position);
CREATE INDEX incident_task_owner ON incident_task (owner_id) WHERE state IN ('open', 'doing');
CREATE INDEX incident_task_actions ON incident_task (kind, state, due_at);

CREATE TABLE incident_link (
  from_id text NOT NULL,
  to_id   text NOT NULL,
  kind    text NOT NULL CHECK (kind IN ('related', 'caused-by', 'follows', 'same-actor')),
  reason  text NOT NULL,
  at      bigint NOT NULL,
  by_id   text NOT NULL,
  by_name text NOT NULL,
  PRIMARY KEY (from_id, to_id),
  CHECK (from_id <> to_id)
);
CREATE INDEX incident_link_back ON incident_link (to_id);

CREATE TABLE incident_review (
  incident_id  text PRIMARY KEY,
  happened     text NOT NULL,
  went_well    text NOT NULL,
  went_badly   text NOT NULL,
  waits        text NOT NULL,
  version      integer NOT NULL,
  changed_at   bigint NOT NULL,
  changed_by   text NOT NULL,
  published_at bigint,
  published_by text
);

-- Searches made from an incident, in their order: how it was found out.
CREATE TABLE incident_trail (
  id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  incident_id text NOT NULL,
  at          bigint NOT NULL,
  actor_id    text NOT NULL,
  actor_name  text NOT NULL,
  query       text NOT NULL,
  from_at     bigint NOT NULL,
  to_at       bigint NOT NULL,
  rows        bigint
);
CREATE INDEX incident_trail_incident ON incident_trail (incident_id, id);

-- Evidence: a file by its sha256, or a pinned search. Everything but the seal is fixed from the start.
CREATE TABLE evidence (
  id          text PRIMARY KEY,
  incident_id text NOT NULL,
  key         text NOT NULL,
  kind        text NOT NULL CHECK (kind IN ('file', 'search')),
  name        text NOT NULL,
  description text NOT NULL,
  source      text NOT NULL,
  at          bigint NOT NULL,
  actor_id    text NOT NULL,
  actor_name  text NOT NULL,
  -- null for a search that is not sealed
  sha256      text CHECK (sha256 ~ '^[0-9a-f]{64}$'),
  bytes       bigint,
  -- a search: its text, its range, how many events, and the digest over their ids and records
  query       text,
  from_at     bigint,
  to_at       bigint,
  events      bigint,
  digest      text,
  sealed_at   bigint,
  sealed_by   text,
  UNIQUE (incident_id, key)
);
CREATE INDEX evidence_incident ON evidence (incident_id, at);

-- Who had it in hands, each row bound to the one before by its hash.
CREATE TABLE evidence_custody (
  evidence_id text NOT NULL REFERENCES evidence,
  seq         integer NOT NULL,
  at          bigint NOT NULL,
  action      text NOT NULL,
  actor_id    text NOT NULL,
  actor_name  text NOT NULL,
  details     text NOT NULL,
  prev_hash   text NOT NULL,
  hash        text NOT NULL,
  PRIMARY KEY (evidence_id, seq)
);
CREATE TRIGGER evidence_custody_append_only BEFORE UPDATE OR DELETE ON evidence_custody
  FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER evidence_custody_no_truncate BEFORE TRUNCATE ON evidence_custody
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
