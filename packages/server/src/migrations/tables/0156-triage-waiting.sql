-- triage: whom an incident waits for, as its lists show it: the team as it was named, which may be an owner team, and the person.
ALTER TABLE incident ADD COLUMN waiting_whom text;
ALTER TABLE incident ADD COLUMN waiting_person_id text;
ALTER TABLE incident ADD COLUMN waiting_person text;
