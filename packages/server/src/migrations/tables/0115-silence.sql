-- silence: what was learned of when sources and their hosts speak, so that a restart forgets nothing; and what is wrong now.
CREATE TABLE silence_lane (
  source     text NOT NULL,
  -- '' = the source itself
  host       text NOT NULL,
  -- see silence/codec.ts
  learned    bytea NOT NULL,
  updated_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (source, host)
);

CREATE TABLE silence_fill (
  source     text NOT NULL,
  class      text NOT NULL,
  learned    jsonb NOT NULL,
  updated_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (source, class)
);

-- One row for each thing that was found, also those that are over.
CREATE TABLE silence_condition (
  id         uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  key        text NOT NULL,
  kind       text NOT NULL,
  reach      text NOT NULL,
  source     text NOT NULL,
  host       text NOT NULL,
  title      text NOT NULL,
  sentence   text NOT NULL,
  facts      jsonb NOT NULL,
  -- rules that read what is missing: [{id, title}]
  blind      jsonb NOT NULL,
  signal_id  text NOT NULL,
  signal_ms  bigint NOT NULL,
  since      timestamptz NOT NULL,
  raised_at  timestamptz NOT NULL,
  ended_at   timestamptz
);
CREATE UNIQUE INDEX silence_condition_open ON silence_condition (key) WHERE ended_at IS NULL;
CREATE INDEX silence_condition_source ON silence_condition (source, raised_at DESC);
