-- What became of a signal (alert, test, hidden), which exception hid it, and which text of its rule fired.
ALTER TABLE {{database}}.signals {{on_cluster}}
  ADD COLUMN IF NOT EXISTS outcome LowCardinality(String) DEFAULT 'alert',
  ADD COLUMN IF NOT EXISTS hidden_by LowCardinality(String),
  ADD COLUMN IF NOT EXISTS rule_hash LowCardinality(String);
