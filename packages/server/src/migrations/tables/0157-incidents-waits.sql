-- incidents: how the person of a wait came to be it, and waits that ended only because their incident was over.
ALTER TABLE incident_wait ADD COLUMN person_by text CHECK (person_by IN ('named', 'lead', 'on-call'));
UPDATE incident_wait SET person_by = 'named' WHERE person_id IS NOT NULL;
ALTER TABLE incident_wait ADD COLUMN over boolean NOT NULL DEFAULT false;
