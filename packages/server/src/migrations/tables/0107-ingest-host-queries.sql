-- ingest: questions to hosts that their osquery fetches and answers. A host gets a question once; its rows are events like all others.
CREATE TABLE host_node (
  source_id text NOT NULL,
  host      text NOT NULL,
  seen_at   timestamptz NOT NULL,
  PRIMARY KEY (source_id, host)
);
CREATE INDEX host_node_name ON host_node (lower(host));

CREATE TABLE host_query (
  id          text PRIMARY KEY,
  query       text NOT NULL,
  reason      text NOT NULL,
  incident_id text,
  asked_by    text NOT NULL,
  asked_at    timestamptz NOT NULL,
  expires_at  timestamptz NOT NULL
);
CREATE INDEX host_query_newest ON host_query (asked_at DESC);

CREATE TABLE host_answer (
  query_id    text NOT NULL REFERENCES host_query ON DELETE CASCADE,
  source_id   text NOT NULL,
  host        text NOT NULL,
  state       text NOT NULL CHECK (state IN ('waiting', 'sent', 'answered', 'failed')),
  sent_at     timestamptz,
  answered_at timestamptz,
  rows        integer NOT NULL DEFAULT 0,
  message     text NOT NULL DEFAULT '',
  PRIMARY KEY (query_id, source_id, host)
);
CREATE INDEX host_answer_waiting ON host_answer (source_id, host) WHERE state = 'waiting';
