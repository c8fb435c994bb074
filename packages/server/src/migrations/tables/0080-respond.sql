-- respond: proposals, approvals, effects and what became of them. Times are milliseconds since the epoch.
CREATE TABLE respond_policy (
  version integer PRIMARY KEY,
  at      bigint NOT NULL,
  by_id   text NOT NULL,
  by_name text NOT NULL,
  note    text NOT NULL,
  policy  jsonb NOT NULL
);

CREATE TABLE respond_effect (
  id          text PRIMARY KEY,
  -- what was proposed under one key was proposed once
  key         text NOT NULL UNIQUE,
  incident_id text,
  run_id      text,
  -- null or the exercise it is part of; an effect of an exercise reaches no connector
  exercise_id text,
  state       text NOT NULL CHECK (state IN ('waiting', 'ready', 'sent', 'done', 'failed', 'unknown', 'undoing', 'undone',
                'refused', 'expired', 'withdrawn')),
  -- counts changes: whoever writes an old one fails
  version     integer NOT NULL,
  created_at  bigint NOT NULL,
  -- when someone has to look at it next; null when nothing is due any more
  due_at      bigint,
  -- when it is looked at next whether it still holds
  drift_due_at bigint,
  facts       jsonb NOT NULL
);
CREATE INDEX respond_effect_incident ON respond_effect (incident_id, created_at DESC);
CREATE INDEX respond_effect_newest ON respond_effect (created_at DESC, id DESC);
CREATE INDEX respond_effect_due ON respond_effect (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX respond_effect_drift ON respond_effect (drift_due_at) WHERE drift_due_at IS NOT NULL;

CREATE TABLE respond_approval (
  id         text PRIMARY KEY,
  effect_id  text NOT NULL UNIQUE REFERENCES respond_effect,
  state      text NOT NULL CHECK (state IN ('waiting', 'approved', 'refused', 'expired', 'withdrawn', 'used')),
  expires_at bigint NOT NULL,
  created_at bigint NOT NULL,
  facts      jsonb NOT NULL
);
CREATE INDEX respond_approval_waiting ON respond_approval (expires_at) WHERE state = 'waiting';
CREATE INDEX respond_approval_newest ON respond_approval (created_at DESC, id DESC);

-- One row per effect that went out, written before it goes. The keys are the promise: an effect is sent once, an approval is
-- used once, whatever runs at the same time.
CREATE TABLE respond_sending (
  effect_id   text PRIMARY KEY REFERENCES respond_effect,
  approval_id text UNIQUE REFERENCES respond_approval,
  hash        text NOT NULL,
  at          bigint NOT NULL
);

-- What counts against the limits of an hour.
CREATE TABLE respond_touched (
  effect_id text NOT NULL REFERENCES respond_effect,
  rehearsed boolean NOT NULL,
  kind      text NOT NULL,
  value     text NOT NULL,
  at        bigint NOT NULL,
  PRIMARY KEY (effect_id, kind, value)
);
CREATE INDEX respond_touched_at ON respond_touched (at);

CREATE TABLE respond_journal (
  effect_id  text NOT NULL REFERENCES respond_effect,
  seq        integer NOT NULL,
  at         bigint NOT NULL,
  entry      text NOT NULL,
  body       text NOT NULL,
  actor_id   text,
  actor_name text,
  PRIMARY KEY (effect_id, seq)
);

-- What the listeners (playbook runs) must hear at least once.
CREATE TABLE respond_settled (
  effect_id text NOT NULL REFERENCES respond_effect,
  state     text NOT NULL,
  at        bigint NOT NULL,
  heard     boolean NOT NULL DEFAULT false,
  PRIMARY KEY (effect_id, state)
);
CREATE INDEX respond_settled_unheard ON respond_settled (at) WHERE NOT heard;
