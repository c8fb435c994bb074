-- detect: the texts that rules fired with. A file can change at any time; an alert is explained by what raised it.
CREATE TABLE rule_fired_text (
  rule_id  text NOT NULL,
  hash     text NOT NULL,
  text     text NOT NULL,
  first_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (rule_id, hash)
);
