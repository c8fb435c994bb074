-- estate: who was seen to call whom, by the names and addresses that were seen, and what people made of it. Which services they are
-- is looked up when it is read, so what is declared later is understood too.
CREATE TABLE observed_dependency (
  -- trace = both sides of a call in one trace · call = a span that names what it calls · flow = connections between addresses
  evidence   text NOT NULL CHECK (evidence IN ('trace', 'call', 'flow')),
  -- service = a name in telemetry · host = a host name or address · asset = an id of the estate
  from_kind  text NOT NULL CHECK (from_kind IN ('service', 'host', 'asset')),
  from_name  text NOT NULL,
  to_kind    text NOT NULL CHECK (to_kind IN ('service', 'host', 'asset')),
  to_name    text NOT NULL,
  -- what is spoken, or the port
  detail     text NOT NULL,
  first_seen timestamptz NOT NULL,
  last_seen  timestamptz NOT NULL,
  count      bigint NOT NULL,
  PRIMARY KEY (evidence, from_kind, from_name, to_kind, to_name, detail)
);
CREATE INDEX observed_dependency_last ON observed_dependency (last_seen);

-- What a person made of it, for a pair of services.
CREATE TABLE dependency_decision (
  service_id text NOT NULL REFERENCES service ON DELETE CASCADE,
  needs_id   text NOT NULL REFERENCES service ON DELETE CASCADE,
  state      text NOT NULL CHECK (state IN ('accepted', 'dismissed')),
  by_name    text NOT NULL,
  at         timestamptz NOT NULL,
  reason     text NOT NULL DEFAULT '',
  PRIMARY KEY (service_id, needs_id)
);

-- Declared, or seen and accepted: what impact and everything else stands on.
CREATE VIEW service_need AS
  SELECT service_id, needs_id FROM service_dependency
  UNION SELECT service_id, needs_id FROM dependency_decision WHERE state = 'accepted';
