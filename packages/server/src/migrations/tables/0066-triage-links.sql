-- triage: incidents that were split, with what moved, so that undoing it restores both; and incidents that people linked.
CREATE TABLE incident_split (
  id        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  from_id   text NOT NULL REFERENCES incident,
  to_id     text NOT NULL UNIQUE REFERENCES incident,
  at        bigint NOT NULL,
  reason    text NOT NULL,
  -- each moved alert with the incident of the family that held it
  moved     jsonb NOT NULL,
  undone_at bigint
);

CREATE TABLE incident_relation (
  -- the smaller id first: a link has no direction
  a_id    text NOT NULL REFERENCES incident,
  b_id    text NOT NULL REFERENCES incident,
  reason  text NOT NULL,
  by_name text NOT NULL,
  at      bigint NOT NULL,
  PRIMARY KEY (a_id, b_id),
  CHECK (a_id < b_id)
);
CREATE INDEX incident_relation_b ON incident_relation (b_id);
