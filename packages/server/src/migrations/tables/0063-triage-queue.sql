-- triage: what stands in the queue and what does not, told apart in one column that every count and index uses.
-- An exercise is never joined with, or counted among, what is real.
ALTER TABLE alert ADD COLUMN exercise_id text;
ALTER TABLE incident ADD COLUMN exercise_id text;

-- Held alerts collapse, count and are shown where one asks for them, but stand in no queue: a suppression hid them, a maintenance
-- window keeps them until it ends, or they are too quiet to be looked at and only count for risk.
ALTER TABLE alert ADD COLUMN hold text CHECK (hold IN ('quiet', 'suppressed', 'maintenance'));
ALTER TABLE alert ADD COLUMN hold_id text;
-- the collapse key as it is without the hold
ALTER TABLE alert ADD COLUMN cause_key text;
ALTER TABLE alert ADD COLUMN released_at bigint;
-- ties to others that were not followed, each with the reason
ALTER TABLE alert ADD COLUMN apart jsonb NOT NULL DEFAULT '[]';
-- the incident that was closed with this alert in it, and how the alert stood before: reopening restores it
ALTER TABLE alert ADD COLUMN closed_with text;
ALTER TABLE alert ADD COLUMN closed_from jsonb;

ALTER TABLE alert ADD COLUMN queued boolean NOT NULL
  GENERATED ALWAYS AS (state <> 'closed' AND hold IS NULL AND exercise_id IS NULL) STORED;

DROP INDEX alert_queue;
DROP INDEX alert_waiting;
DROP INDEX alert_open_asset;
DROP INDEX alert_open_service;
CREATE INDEX alert_queue ON alert (severity DESC, criticality DESC, raised_at DESC, id DESC) WHERE queued;
CREATE INDEX alert_waiting ON alert (severity DESC, criticality DESC, raised_at DESC)
  WHERE queued AND state = 'new' AND severity >= 3 AND incident_id IS NULL;
CREATE INDEX alert_open_asset ON alert (host_asset_id) WHERE queued AND host_asset_id IS NOT NULL;
CREATE INDEX alert_open_service ON alert (severity) WHERE queued AND criticality > 0;
CREATE INDEX alert_hold ON alert (hold_id, raised_at DESC, id DESC) WHERE hold IS NOT NULL;
CREATE INDEX alert_exercise ON alert (exercise_id, raised_at DESC) WHERE exercise_id IS NOT NULL;
-- how many entities a rule has just fired on
CREATE INDEX alert_wave ON alert (rule_id, first_seen);
CREATE INDEX alert_closed_with ON alert (closed_with) WHERE closed_with IS NOT NULL;

-- a wave: one rule on very many entities at once, gathered in one incident
ALTER TABLE incident ADD COLUMN wave text;
ALTER TABLE incident ADD COLUMN wave_keys jsonb NOT NULL DEFAULT '[]';
CREATE INDEX incident_wave ON incident (wave) WHERE wave IS NOT NULL;
CREATE INDEX incident_exercise ON incident (exercise_id) WHERE exercise_id IS NOT NULL;

-- Alerts are never deleted, and what belongs to one is written with it: checking every row of a storm again says nothing new.
ALTER TABLE alert_entity DROP CONSTRAINT alert_entity_alert_id_fkey;
ALTER TABLE alert_sample DROP CONSTRAINT alert_sample_alert_id_fkey;
ALTER TABLE alert_link DROP CONSTRAINT alert_link_alert_id_fkey;
ALTER TABLE incident_member DROP CONSTRAINT incident_member_alert_id_fkey;
-- asked for every alert that looks for its incident: was it taken out of one?
CREATE INDEX incident_member_removed ON incident_member (alert_id) WHERE removed_at IS NOT NULL;
DROP INDEX alert_rule;
