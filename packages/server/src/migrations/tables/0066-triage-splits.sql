-- triage: incidents that were split, with what moved, so that undoing it restores both.
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
