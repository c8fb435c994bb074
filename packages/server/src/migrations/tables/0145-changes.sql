-- changes: planned work on the estate, written here or fed by its id elsewhere.
CREATE TABLE change (
  id            uuid PRIMARY KEY,
  external_id   text UNIQUE,
  title         text NOT NULL,
  kind          text NOT NULL CHECK (kind IN ('standard', 'normal', 'emergency')),
  state         text NOT NULL CHECK (state IN ('planned', 'running', 'done', 'cancelled')),
  -- id or name of a team, as written: a feed may name one that the estate does not know (yet)
  owner         text,
  done_by       text NOT NULL,
  planned_start timestamptz NOT NULL,
  -- null = open end
  planned_end   timestamptz CHECK (planned_end > planned_start),
  actual_start  timestamptz,
  actual_end    timestamptz,
  reference     text,
  description   text NOT NULL,
  back_out      text NOT NULL,
  outcome       text NOT NULL,
  -- when it was last changed where it comes from; null when nobody said
  as_of         timestamptz,
  version       integer NOT NULL,
  created_at    timestamptz NOT NULL,
  created_by    text NOT NULL,
  updated_at    timestamptz NOT NULL,
  updated_by    text NOT NULL
);
CREATE INDEX change_open ON change (state, planned_start) WHERE state IN ('planned', 'running');
CREATE INDEX change_start ON change ((coalesce(actual_start, planned_start)) DESC, id);

-- On what. Names as written; what they are in the estate is asked when they are read, for the estate learns.
CREATE TABLE change_target (
  change_id uuid NOT NULL REFERENCES change ON DELETE CASCADE,
  kind      text NOT NULL CHECK (kind IN ('service', 'asset')),
  value     text NOT NULL,
  PRIMARY KEY (change_id, kind, value)
);
CREATE INDEX change_target_value ON change_target (kind, lower(value));
