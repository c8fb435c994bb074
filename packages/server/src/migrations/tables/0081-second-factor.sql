-- second factor: one per user. The key is sealed; a step is never taken twice.
CREATE TABLE second_factor (
  user_id      uuid PRIMARY KEY REFERENCES app_user ON DELETE CASCADE,
  sealed       text NOT NULL,
  -- null until a code was confirmed
  confirmed_at bigint,
  last_step    bigint NOT NULL DEFAULT 0,
  failures     integer NOT NULL DEFAULT 0,
  failed_at    bigint NOT NULL DEFAULT 0,
  locked_until bigint
);

CREATE TABLE second_factor_recovery (
  user_id   uuid NOT NULL REFERENCES second_factor ON DELETE CASCADE,
  -- sha-256; the codes have 80 bits and need no salt
  code_hash bytea NOT NULL,
  used_at   bigint,
  PRIMARY KEY (user_id, code_hash)
);
