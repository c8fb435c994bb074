-- tickets: incidents kept in step with tickets elsewhere. Times are milliseconds since the epoch.
CREATE TABLE ticket_system (
  id         text PRIMARY KEY,
  body       jsonb NOT NULL,
  secret     text,
  -- how far their changes have been read
  cursor     text,
  next_at    bigint NOT NULL,
  failures   integer NOT NULL DEFAULT 0,
  last_error text,
  last_ok_at bigint,
  created_at bigint NOT NULL
);

CREATE TABLE ticket_link (
  id          text PRIMARY KEY,
  system_id   text NOT NULL REFERENCES ticket_system ON DELETE CASCADE,
  incident_id text NOT NULL,
  state       text NOT NULL CHECK (state IN ('creating', 'linked', 'broken')),
  remote_id   text,
  url         text,
  -- something changed on either side since it was last brought in step; seq tells a change that came meanwhile
  dirty       bigint NOT NULL DEFAULT 1,
  done        bigint NOT NULL DEFAULT 0,
  -- opening it was tried and nobody knows the end: it is looked for before it is opened again
  tried_at    bigint,
  problem     text,
  synced_at   bigint,
  by_id       text NOT NULL,
  by_name     text NOT NULL,
  created_at  bigint NOT NULL,
  UNIQUE (system_id, remote_id)
);
CREATE INDEX ticket_link_incident ON ticket_link (incident_id);

-- What both sides said when they last agreed. A side that differs from it has changed; both differ = conflict.
CREATE TABLE ticket_field (
  link_id  text NOT NULL REFERENCES ticket_link ON DELETE CASCADE,
  field    text NOT NULL CHECK (field IN ('title', 'severity', 'state')),
  base     text,
  ours     text NOT NULL,
  theirs   text NOT NULL,
  state    text NOT NULL CHECK (state IN ('same', 'waiting', 'conflict', 'unmapped', 'off')),
  note     text NOT NULL DEFAULT '',
  -- a person's decision about a conflict, until it is carried out
  take     text CHECK (take IN ('ours', 'theirs')),
  PRIMARY KEY (link_id, field)
);

-- The journal of comments. Ours are 'sending' before anything leaves; theirs are known by their id and taken once; an echo is one of
-- ours as it stands there.
CREATE TABLE ticket_comment (
  link_id   text NOT NULL REFERENCES ticket_link ON DELETE CASCADE,
  origin    text NOT NULL CHECK (origin IN ('ours', 'theirs', 'echo')),
  id        text NOT NULL,
  state     text NOT NULL CHECK (state IN ('sending', 'done')),
  at        bigint NOT NULL,
  PRIMARY KEY (link_id, origin, id)
);
