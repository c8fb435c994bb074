-- incidents: when an incident came into which state, for the review and the report.
CREATE TABLE incident_state_change (
  id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  incident_id text NOT NULL,
  at          bigint NOT NULL,
  state       text NOT NULL,
  by_name     text
);
CREATE INDEX incident_state_change_incident ON incident_state_change (incident_id, id);
