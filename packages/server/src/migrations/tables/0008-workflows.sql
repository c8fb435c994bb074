-- workflows: what reaches a durable workflow from outside. The engine keeps its own history in the schema "dbos".
-- A message stays until the workflow takes it. received_as is the place in the workflow's history that took it, so that a step
-- which a crash cut off after the taking finds the same message again.
CREATE TABLE workflow_message (
  seq         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  workflow_id text NOT NULL,
  topic       text NOT NULL,
  key         text NOT NULL,
  body        jsonb NOT NULL,
  sent_at     bigint NOT NULL,
  received_as integer,
  UNIQUE (workflow_id, key)
);
CREATE INDEX workflow_message_waiting ON workflow_message (workflow_id, topic, seq) WHERE received_as IS NULL;

-- Starts that were decided in a transaction, or before the engine ran; taken over as soon as they are committed.
CREATE TABLE workflow_start (
  workflow_id text PRIMARY KEY,
  seq         bigint GENERATED ALWAYS AS IDENTITY,
  name        text NOT NULL,
  input       jsonb NOT NULL,
  asked_at    bigint NOT NULL
);
