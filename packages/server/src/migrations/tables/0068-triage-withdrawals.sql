-- triage: signals that an alert was raised for and that stand no more, because an event that came late took back what they stood on.
CREATE TABLE alert_withdrawal (
  signal_id text PRIMARY KEY,
  alert_id  text NOT NULL,
  reason    text NOT NULL,
  at        bigint NOT NULL
);
CREATE INDEX alert_withdrawal_alert ON alert_withdrawal (alert_id);
-- when the last of its signals was withdrawn; an alert that nobody had touched was closed at that moment
ALTER TABLE alert ADD COLUMN withdrawn_at bigint;
