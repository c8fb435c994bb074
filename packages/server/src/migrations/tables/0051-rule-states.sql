-- detect: a rule is in one of four states instead of on or off. A rule without a row is live.
ALTER TABLE rule_state ADD COLUMN state text CHECK (state IN ('draft', 'test', 'live', 'off'));
UPDATE rule_state SET state = CASE WHEN enabled THEN 'live' ELSE 'off' END;
ALTER TABLE rule_state ALTER COLUMN state SET NOT NULL;
ALTER TABLE rule_state DROP COLUMN enabled;
