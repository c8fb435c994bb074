-- exercises: a gap is a task of the person who closes it; null where the owner is no user of this Holdfast.
ALTER TABLE exercise_gap ADD COLUMN owner_id text;
CREATE INDEX exercise_gap_open ON exercise_gap (state, owner_id, due_at);
