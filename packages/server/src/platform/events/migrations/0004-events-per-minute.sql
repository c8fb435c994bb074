-- Counts for the charts of the Floor page, kept by the engine as events come in.
-- The target has its own window, so that a retried batch is counted once.
CREATE TABLE IF NOT EXISTS {{database}}.events_per_minute {{on_cluster}}
(
  minute DateTime('UTC') CODEC(Delta(4), ZSTD(1)),
  source LowCardinality(String),
  class LowCardinality(String),
  events UInt64,
  bytes UInt64
)
ENGINE = {{engine}}SummingMergeTree((events, bytes))
PARTITION BY toYYYYMM(minute)
ORDER BY (minute, source, class)
TTL minute + toIntervalDay({{retention_days}})
SETTINGS
  non_replicated_deduplication_window = 10000,
  replicated_deduplication_window = 10000,
  fsync_after_insert = 1,
  fsync_part_directory = 1;

CREATE MATERIALIZED VIEW IF NOT EXISTS {{database}}.events_per_minute_feed {{on_cluster}}
TO {{database}}.events_per_minute
AS SELECT
  toStartOfMinute(received) AS minute,
  source,
  class,
  count() AS events,
  sum(length(raw)) AS bytes
FROM {{database}}.events
GROUP BY minute, source, class;
