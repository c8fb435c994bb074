-- exercises: runs, their injects and what people said; what was not met becomes a gap with an owner.
CREATE TABLE exercise_run (
  id text PRIMARY KEY,
  exercise text NOT NULL,
  -- the file as it was when the run started: a later edit does not change an old score
  file jsonb NOT NULL,
  state text NOT NULL CHECK (state IN ('running', 'finished', 'stopped')),
  auto boolean NOT NULL,
  speed double precision NOT NULL,
  started_at timestamptz NOT NULL,
  ends_at timestamptz NOT NULL,
  finished_at timestamptz,
  started_by jsonb NOT NULL,
  notes jsonb NOT NULL DEFAULT '[]',
  -- set when the run ends: results and score as they stood
  results jsonb,
  stages jsonb
);
CREATE INDEX exercise_run_newest ON exercise_run (started_at DESC, id DESC);
CREATE TABLE exercise_inject (
  run_id text NOT NULL REFERENCES exercise_run (id),
  inject_id text NOT NULL,
  done_at timestamptz NOT NULL,
  records int NOT NULL DEFAULT 0,
  PRIMARY KEY (run_id, inject_id)
);
CREATE TABLE exercise_answer (
  run_id text NOT NULL REFERENCES exercise_run (id),
  question text NOT NULL,
  text text NOT NULL,
  by_name text NOT NULL,
  at timestamptz NOT NULL,
  PRIMARY KEY (run_id, question)
);
CREATE TABLE exercise_told (
  run_id text NOT NULL REFERENCES exercise_run (id),
  team text NOT NULL,
  text text NOT NULL,
  by_name text NOT NULL,
  at timestamptz NOT NULL
);
CREATE INDEX exercise_told_run ON exercise_told (run_id, at);
CREATE TABLE exercise_gap (
  id text PRIMARY KEY,
  run_id text NOT NULL REFERENCES exercise_run (id),
  title text NOT NULL,
  because text NOT NULL,
  team text,
  state text NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'done')),
  owner text NOT NULL DEFAULT '',
  due_at timestamptz
);
CREATE INDEX exercise_gap_run ON exercise_gap (run_id);
