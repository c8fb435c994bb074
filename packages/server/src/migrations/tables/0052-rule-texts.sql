-- detect: rules written or edited in the product, exceptions, and every version of both.
CREATE TABLE rule_text (
  rule_id   text PRIMARY KEY,
  text      text NOT NULL,
  title     text NOT NULL,
  -- counts up with every edit, also through deletion and return
  version   integer NOT NULL CHECK (version > 0),
  -- false: deleted, or gone back to the file's version
  in_force  boolean NOT NULL,
  -- the file's text when it was last edited here; null for a rule that no file has
  base_text text,
  edited_by text NOT NULL,
  edited_at timestamptz NOT NULL,
  note      text NOT NULL DEFAULT ''
);

CREATE TABLE rule_exception (
  id         text PRIMARY KEY,
  text       text NOT NULL,
  title      text NOT NULL,
  owner      text NOT NULL,
  reason     text NOT NULL,
  expires_at timestamptz,
  -- switched off by a person
  off        boolean NOT NULL DEFAULT false,
  deleted    boolean NOT NULL DEFAULT false,
  version    integer NOT NULL CHECK (version > 0),
  created_by text NOT NULL,
  created_at timestamptz NOT NULL,
  edited_by  text NOT NULL,
  edited_at  timestamptz NOT NULL
);

-- What each exception hid, counted in the transaction of the block: exact, and kept beyond the retention of events.
CREATE TABLE exception_count (
  exception_id text PRIMARY KEY,
  hidden       bigint NOT NULL,
  last_at      timestamptz NOT NULL
);

-- Append-only. subject = rule or exception; version 0 of a rule is the text of the file before the first edit.
CREATE TABLE detect_version (
  subject text NOT NULL CHECK (subject IN ('rule', 'exception')),
  id      text NOT NULL,
  version integer NOT NULL,
  change  text NOT NULL CHECK (change IN ('file', 'created', 'edited', 'restored', 'reverted', 'deleted')),
  title   text NOT NULL,
  text    text NOT NULL,
  added   integer NOT NULL,
  removed integer NOT NULL,
  by      text NOT NULL,
  at      timestamptz NOT NULL,
  note    text NOT NULL DEFAULT '',
  -- an exception's owner, reason, end and switch as they were
  terms   jsonb NOT NULL DEFAULT '{}',
  PRIMARY KEY (subject, id, version)
);
