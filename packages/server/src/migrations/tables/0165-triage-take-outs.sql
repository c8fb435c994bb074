-- triage: signals that people take out of the alert that they were counted in. Times are milliseconds since the epoch.
-- How an alert's signals were told from others: declared keys, window, version of the settings, and what every one of them names;
-- and the places in the spool of the first and the last of them, so that what is stored but not yet counted is never taken for one of them.
ALTER TABLE alert ADD COLUMN cause jsonb;
ALTER TABLE alert ADD COLUMN first_event bigint;
ALTER TABLE alert ADD COLUMN last_event bigint;
-- the alert that it was taken out of, and the one that it was put back into: it keeps its page, and counts nothing
ALTER TABLE alert ADD COLUMN taken_from text;
ALTER TABLE alert ADD COLUMN put_back_into text;
ALTER TABLE alert DROP CONSTRAINT alert_count_check;
ALTER TABLE alert ADD CONSTRAINT alert_count_check CHECK (count > 0 OR put_back_into IS NOT NULL);

CREATE TABLE alert_take_out (
  id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  -- those of one request
  request     text NOT NULL,
  from_id     text NOT NULL,
  to_id       text NOT NULL UNIQUE,
  rule_id     text NOT NULL,
  exercise_id text,
  -- signals of this cause that are one of the groups go to the other cause from now on; no groups: those listed, and no others
  cause_key   text NOT NULL,
  root_key    text NOT NULL,
  new_key     text NOT NULL,
  groups      jsonb,
  -- the last event of the cause that was counted before
  event_at    bigint NOT NULL,
  at          bigint NOT NULL,
  by_id       text NOT NULL,
  by_name     text NOT NULL,
  reason      text NOT NULL,
  title       text NOT NULL,
  count       bigint NOT NULL,
  -- what the first alert was before, row by row, what it was left with, and the risk that went with the signals
  was         jsonb NOT NULL,
  left_count  bigint NOT NULL,
  risk_keys   text[] NOT NULL DEFAULT '{}',
  undone_at   bigint,
  undone_by   text,
  undone_why  text
);
CREATE INDEX alert_take_out_from ON alert_take_out (from_id, id DESC);
CREATE INDEX alert_take_out_rule ON alert_take_out (rule_id);
CREATE INDEX alert_take_out_standing ON alert_take_out (rule_id) WHERE undone_at IS NULL;

CREATE TABLE alert_taken_signal (
  take_out_id bigint NOT NULL REFERENCES alert_take_out ON DELETE CASCADE,
  signal_id   text NOT NULL,
  PRIMARY KEY (signal_id, take_out_id)
);
CREATE INDEX alert_taken_signal_of ON alert_taken_signal (take_out_id);
