-- detect: texts of rules that do not load yet. Nothing that matches reads this table.
CREATE TABLE rule_draft (
  id        text PRIMARY KEY,
  -- the rule that it is to be the next text of; null for a new one
  rule_id   text,
  title     text NOT NULL,
  text      text NOT NULL,
  version   integer NOT NULL CHECK (version > 0),
  edited_by text NOT NULL,
  edited_at timestamptz NOT NULL,
  note      text NOT NULL DEFAULT ''
);
CREATE INDEX rule_draft_rule ON rule_draft (rule_id) WHERE rule_id IS NOT NULL;
