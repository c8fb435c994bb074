-- ingest: a source of an exercise says so; what it sends is kept apart from real telemetry in every list and count.
ALTER TABLE source ADD COLUMN exercise_id text;
