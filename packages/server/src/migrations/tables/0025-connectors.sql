-- connectors: systems that Holdfast acts on. What is secret about them lies sealed in a table of its own, so that nothing that lists
-- connectors can select it by accident.
CREATE TABLE connector (
  id             text PRIMARY KEY CHECK (id ~ '^[a-z][a-z0-9-]{0,62}$'),
  name           text NOT NULL,
  kind           text NOT NULL,
  settings       jsonb NOT NULL,
  -- private addresses and ranges that it may reach
  allow          text[] NOT NULL DEFAULT '{}',
  enabled        boolean NOT NULL DEFAULT true,
  -- of the last test or use
  state          text NOT NULL DEFAULT 'untested' CHECK (state IN ('untested', 'ok', 'failing')),
  last_error     text,
  last_error_at  timestamptz,
  last_tested_at timestamptz,
  last_used_at   timestamptz,
  created_at     timestamptz NOT NULL,
  updated_at     timestamptz NOT NULL,
  updated_by     text NOT NULL
);

-- AES-256-GCM with the key of the home; the associated data is connector, kind and field.
CREATE TABLE connector_secret (
  connector_id text NOT NULL REFERENCES connector ON DELETE CASCADE,
  field        text NOT NULL,
  sealed       text NOT NULL,
  PRIMARY KEY (connector_id, field)
);
