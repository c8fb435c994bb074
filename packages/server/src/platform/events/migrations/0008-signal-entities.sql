-- What the event of a signal names, as role:kind:value, so that the signals of an alert can be told apart by any of it.
-- Signals that were stored before have none: of those only host, user and the entity they were collapsed on are known.
ALTER TABLE {{database}}.signals {{on_cluster}}
  ADD COLUMN IF NOT EXISTS entities Array(String) CODEC(ZSTD(1));
