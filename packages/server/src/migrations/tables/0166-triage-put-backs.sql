-- triage: the last event that was counted when a take-out was undone: between the two, signals of its groups went nowhere else.
ALTER TABLE alert_take_out ADD COLUMN undone_event bigint;
