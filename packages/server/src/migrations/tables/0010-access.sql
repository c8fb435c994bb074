-- access: users, their sessions, API tokens, and the memory of failed logins.
CREATE TABLE app_user (
  id            uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  name          text NOT NULL UNIQUE,
  full_name     text NOT NULL DEFAULT '',
  role          text NOT NULL CHECK (role IN ('viewer', 'analyst', 'operations', 'approver', 'admin')),
  team          text NOT NULL CHECK (team IN ('security', 'operations')),
  password_hash text NOT NULL,
  disabled      boolean NOT NULL DEFAULT false,
  created_at    timestamptz NOT NULL,
  last_login_at timestamptz
);

CREATE TABLE session (
  id            uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  user_id       uuid NOT NULL REFERENCES app_user ON DELETE CASCADE,
  -- sha-256 of the cookie; the cookie itself is never stored
  token_hash    bytea NOT NULL UNIQUE,
  -- the cookie before the last rotation stays valid for some seconds: parallel requests still carry it
  previous_hash bytea,
  rotated_at    timestamptz NOT NULL,
  created_at    timestamptz NOT NULL,
  expires_at    timestamptz NOT NULL,
  csrf          text NOT NULL
);
CREATE INDEX session_previous ON session (previous_hash) WHERE previous_hash IS NOT NULL;
CREATE INDEX session_of_user ON session (user_id);

CREATE TABLE api_token (
  id           uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  name         text NOT NULL,
  role         text NOT NULL CHECK (role IN ('viewer', 'analyst', 'operations', 'approver', 'admin')),
  secret_hash  bytea NOT NULL UNIQUE,
  prefix       text NOT NULL,
  created_by   uuid NOT NULL REFERENCES app_user ON DELETE CASCADE,
  created_at   timestamptz NOT NULL,
  expires_at   timestamptz,
  last_used_at timestamptz,
  revoked_at   timestamptz
);

-- One row per account and address, so that nobody can lock an account for everyone else.
CREATE TABLE login_failure (
  account      text NOT NULL,
  ip           text NOT NULL,
  failures     integer NOT NULL,
  last_at      timestamptz NOT NULL,
  locked_until timestamptz,
  PRIMARY KEY (account, ip)
);
