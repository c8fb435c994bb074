-- estate: what is there, who owns it, what depends on what. Facts are declared (a file, a person) or observed (events).
CREATE TABLE team (
  id   text PRIMARY KEY,
  name text NOT NULL,
  kind text NOT NULL CHECK (kind IN ('security', 'operations', 'other'))
);

CREATE TABLE asset (
  id          uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  name        text NOT NULL,
  -- first label of the name and the rest, lower case: what the short-name rule compares
  label       text NOT NULL,
  domain      text NOT NULL DEFAULT '',
  kind        text NOT NULL DEFAULT 'other',
  os          text NOT NULL DEFAULT '',
  owner       text REFERENCES team,
  criticality integer CHECK (criticality BETWEEN 1 AND 5),
  exposure    text CHECK (exposure IN ('internet', 'partner', 'internal', 'isolated')),
  tags        text[] NOT NULL DEFAULT '{}',
  provenance  text NOT NULL CHECK (provenance IN ('declared', 'observed')),
  first_seen  timestamptz,
  last_seen   timestamptz
);
CREATE INDEX asset_label ON asset (label);

-- Every spelling that means this asset, and the rule that says so.
CREATE TABLE asset_alias (
  name     text PRIMARY KEY,
  shown    text NOT NULL,
  asset_id uuid NOT NULL REFERENCES asset ON DELETE CASCADE,
  rule     text NOT NULL
);
CREATE INDEX asset_alias_asset ON asset_alias (asset_id);

CREATE TABLE asset_address (
  asset_id   uuid NOT NULL REFERENCES asset ON DELETE CASCADE,
  ip         inet NOT NULL,
  first_seen timestamptz NOT NULL,
  last_seen  timestamptz NOT NULL,
  provenance text NOT NULL CHECK (provenance IN ('declared', 'observed')),
  PRIMARY KEY (asset_id, ip)
);
CREATE INDEX asset_address_ip ON asset_address (ip, last_seen DESC);

CREATE TABLE identity (
  id         uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  name       text NOT NULL,
  full_name  text NOT NULL DEFAULT '',
  kind       text NOT NULL DEFAULT 'unknown' CHECK (kind IN ('person', 'service', 'admin', 'unknown')),
  team       text REFERENCES team,
  privileged boolean NOT NULL DEFAULT false,
  provenance text NOT NULL CHECK (provenance IN ('declared', 'observed')),
  first_seen timestamptz,
  last_seen  timestamptz
);

CREATE TABLE identity_alias (
  name        text PRIMARY KEY,
  shown       text NOT NULL,
  identity_id uuid NOT NULL REFERENCES identity ON DELETE CASCADE,
  rule        text NOT NULL
);
CREATE INDEX identity_alias_identity ON identity_alias (identity_id);

CREATE TABLE service (
  id          text PRIMARY KEY,
  name        text NOT NULL,
  description text NOT NULL DEFAULT '',
  owner       text REFERENCES team,
  criticality integer NOT NULL CHECK (criticality BETWEEN 1 AND 5),
  exposure    text NOT NULL CHECK (exposure IN ('internet', 'partner', 'internal', 'isolated'))
);

CREATE TABLE service_dependency (
  service_id text NOT NULL REFERENCES service ON DELETE CASCADE,
  needs_id   text NOT NULL REFERENCES service ON DELETE CASCADE,
  PRIMARY KEY (service_id, needs_id)
);

CREATE TABLE service_asset (
  service_id text NOT NULL REFERENCES service ON DELETE CASCADE,
  asset_id   uuid NOT NULL REFERENCES asset ON DELETE CASCADE,
  PRIMARY KEY (service_id, asset_id)
);
CREATE INDEX service_asset_asset ON service_asset (asset_id);

-- Where an identity was seen acting.
CREATE TABLE identity_host (
  identity_id uuid NOT NULL REFERENCES identity ON DELETE CASCADE,
  asset_id    uuid NOT NULL REFERENCES asset ON DELETE CASCADE,
  last_seen   timestamptz NOT NULL,
  PRIMARY KEY (identity_id, asset_id)
);
