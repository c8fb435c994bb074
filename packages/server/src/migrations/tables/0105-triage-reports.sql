-- triage: alerts that another system reports and ends itself. What was last heard of each cause: a report that comes late must not
-- raise again what is over, and one that is not repeated in its time is over as well. Times are milliseconds since the epoch.
CREATE TABLE alert_report (
  cause_key   text PRIMARY KEY,
  reported_at bigint NOT NULL,
  -- over when it is not repeated by then; null: holds until it is said to be over, or is over
  until       bigint,
  -- the latest end that was told
  ended_at    bigint
);
CREATE INDEX alert_report_until ON alert_report (until) WHERE until IS NOT NULL;
-- when the other side said it was over, or fell silent about it; an alert that nobody had touched was closed for it
ALTER TABLE alert ADD COLUMN ended_at bigint;
-- what the other side called the services it hits, so that they are found again when the estate changes
ALTER TABLE alert ADD COLUMN service_names text[] NOT NULL DEFAULT '{}';
