-- triage: the last decision of a person about an alert: what it was, how the alert stood before it and after, so that taking it back
-- restores the alert as it stood.
ALTER TABLE alert ADD COLUMN decided jsonb;
