-- source rejection: records that a source's senders were refused, by why, and when it happened last.
CREATE TABLE source_rejection (
  source  text NOT NULL REFERENCES source (id) ON DELETE CASCADE,
  reason  text NOT NULL,
  records bigint NOT NULL DEFAULT 0,
  last_at timestamptz NOT NULL,
  PRIMARY KEY (source, reason)
);
