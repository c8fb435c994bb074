-- incidents: a task of an exercise stands in no list and no count of the real ones unless somebody asks for it.
ALTER TABLE incident_task ADD COLUMN exercise_id text;
UPDATE incident_task t SET exercise_id = i.exercise_id FROM incident i WHERE i.id = t.incident_id AND i.exercise_id IS NOT NULL;
