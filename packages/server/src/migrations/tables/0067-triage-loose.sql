-- triage: open alerts outside of incidents, in the order of the queue: after a storm nearly all others stand in one.
CREATE INDEX alert_loose ON alert (severity DESC, criticality DESC, raised_at DESC, id DESC) WHERE queued AND incident_id IS NULL;
