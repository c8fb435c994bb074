-- triage: what the Floor and the estate count all the time, without reading every alert.
-- asset_id is the asset of the entity that signals were collapsed on; host_asset_id that of the host the alert happened on.
ALTER TABLE alert ADD COLUMN host_asset_id text;
UPDATE alert SET host_asset_id = asset_id WHERE entity_kind = 'host';

CREATE INDEX alert_open_asset ON alert (host_asset_id) WHERE state <> 'closed' AND host_asset_id IS NOT NULL;
CREATE INDEX alert_waiting ON alert (severity DESC, criticality DESC, raised_at DESC)
  WHERE state = 'new' AND severity >= 3 AND incident_id IS NULL;
CREATE INDEX alert_open_service ON alert (severity) WHERE state <> 'closed' AND criticality > 0;
CREATE INDEX alert_service_time ON alert (raised_at) WHERE criticality > 0;
CREATE INDEX alert_acknowledged ON alert (raised_at DESC, acknowledged_at) WHERE acknowledged_at IS NOT NULL;
CREATE INDEX alert_entity_identity ON alert_entity (identity_id, alert_id) WHERE identity_id IS NOT NULL;
