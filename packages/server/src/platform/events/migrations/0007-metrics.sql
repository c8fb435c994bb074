-- One row per point of a metric, whatever its kind: a counter or gauge has its number in `value`; a histogram has `count`, `sum`, the
-- upper `bounds` of its buckets and one more entry in `buckets` for what lies above the last (exponential ones are laid out the same
-- way); a summary has its quantiles in `bounds` and their values in `buckets`.
CREATE TABLE IF NOT EXISTS {{database}}.metrics {{on_cluster}}
(
  id UInt64 CODEC(ZSTD(1)),
  name LowCardinality(String),
  kind LowCardinality(String),
  temporality LowCardinality(String),
  unit LowCardinality(String),
  time DateTime64(3, 'UTC') CODEC(DoubleDelta, ZSTD(1)),
  start DateTime64(3, 'UTC') CODEC(DoubleDelta, ZSTD(1)),
  received DateTime64(3, 'UTC') CODEC(DoubleDelta, ZSTD(1)),
  value Float64 CODEC(Gorilla(8), ZSTD(1)),
  stale UInt8 CODEC(ZSTD(1)),
  count Float64 CODEC(Gorilla(8), ZSTD(1)),
  sum Float64 CODEC(Gorilla(8), ZSTD(1)),
  bounds Array(Float64) CODEC(ZSTD(1)),
  buckets Array(Float64) CODEC(ZSTD(1)),
  labels Map(LowCardinality(String), String) CODEC(ZSTD(1)),
  exemplars Array(Tuple(time DateTime64(3, 'UTC'), value Float64, labels Map(String, String))) CODEC(ZSTD(1)),
  source LowCardinality(String),
  asset LowCardinality(String),
  service LowCardinality(String),
  -- Labels are written in the order of their names, so the same ones have the same number.
  series UInt64 DEFAULT cityHash64(source, name, mapKeys(labels), mapValues(labels)) CODEC(ZSTD(1)),
  -- Rows lie by name and series: what an asset or service has, and what is recent, is told by granule.
  INDEX by_asset asset TYPE set(64) GRANULARITY 1,
  INDEX by_service service TYPE set(64) GRANULARITY 1,
  INDEX by_time time TYPE minmax GRANULARITY 1
)
ENGINE = {{engine}}MergeTree
PARTITION BY toYYYYMMDD(time)
ORDER BY (name, series, time)
TTL toDateTime(received) + toIntervalDay({{retention_days}})
SETTINGS
  non_replicated_deduplication_window = 10000,
  replicated_deduplication_window = 10000,
  fsync_after_insert = 1,
  fsync_part_directory = 1,
  min_rows_to_fsync_after_merge = 1,
  min_compressed_bytes_to_fsync_after_merge = 1,
  old_parts_lifetime = 600,
  min_bytes_for_wide_part = 67108864,
  max_suspicious_broken_parts = 1000,
  max_suspicious_broken_parts_bytes = 107374182400,
  min_free_disk_bytes_to_perform_insert = {{free_bytes}},
  min_free_disk_ratio_to_perform_insert = 0.01;
-- Counters and gauges by minute. First and last value and what was added between them are enough to calculate an increase across minutes.
CREATE TABLE IF NOT EXISTS {{database}}.metrics_1m {{on_cluster}}
(
  name LowCardinality(String),
  series UInt64 CODEC(ZSTD(1)),
  time DateTime('UTC') CODEC(DoubleDelta, ZSTD(1)),
  kind SimpleAggregateFunction(anyLast, String),
  temporality SimpleAggregateFunction(anyLast, String),
  unit SimpleAggregateFunction(anyLast, String),
  source SimpleAggregateFunction(anyLast, String),
  asset SimpleAggregateFunction(anyLast, String),
  service SimpleAggregateFunction(anyLast, String),
  labels SimpleAggregateFunction(anyLast, Map(String, String)) CODEC(ZSTD(1)),
  samples SimpleAggregateFunction(sum, UInt64) CODEC(ZSTD(1)),
  total SimpleAggregateFunction(sum, Float64) CODEC(ZSTD(1)),
  low SimpleAggregateFunction(min, Float64) CODEC(ZSTD(1)),
  high SimpleAggregateFunction(max, Float64) CODEC(ZSTD(1)),
  first AggregateFunction(argMin, Float64, DateTime64(3, 'UTC')) CODEC(ZSTD(1)),
  last AggregateFunction(argMax, Float64, DateTime64(3, 'UTC')) CODEC(ZSTD(1)),
  added AggregateFunction(deltaSumTimestamp, Float64, UInt64) CODEC(ZSTD(1))
)
ENGINE = {{engine}}AggregatingMergeTree
PARTITION BY toYYYYMM(time)
ORDER BY (name, series, time)
TTL time + toIntervalDay({{minute_days}})
SETTINGS
  non_replicated_deduplication_window = 10000,
  replicated_deduplication_window = 10000,
  fsync_after_insert = 1,
  fsync_part_directory = 1,
  min_rows_to_fsync_after_merge = 1,
  min_compressed_bytes_to_fsync_after_merge = 1,
  old_parts_lifetime = 600,
  min_bytes_for_wide_part = 67108864,
  max_suspicious_broken_parts = 1000,
  max_suspicious_broken_parts_bytes = 107374182400,
  min_free_disk_bytes_to_perform_insert = {{free_bytes}},
  min_free_disk_ratio_to_perform_insert = 0.01;
CREATE TABLE IF NOT EXISTS {{database}}.metrics_1h {{on_cluster}} AS {{database}}.metrics_1m
ENGINE = {{engine}}AggregatingMergeTree
PARTITION BY toYear(time)
ORDER BY (name, series, time)
TTL time + toIntervalDay({{hour_days}})
SETTINGS
  non_replicated_deduplication_window = 10000,
  replicated_deduplication_window = 10000,
  fsync_after_insert = 1,
  fsync_part_directory = 1,
  min_rows_to_fsync_after_merge = 1,
  min_compressed_bytes_to_fsync_after_merge = 1,
  old_parts_lifetime = 600,
  min_bytes_for_wide_part = 67108864,
  max_suspicious_broken_parts = 1000,
  max_suspicious_broken_parts_bytes = 107374182400,
  min_free_disk_bytes_to_perform_insert = {{free_bytes}},
  min_free_disk_ratio_to_perform_insert = 0.01;
CREATE MATERIALIZED VIEW IF NOT EXISTS {{database}}.metrics_to_1m {{on_cluster}} TO {{database}}.metrics_1m
AS SELECT
  name, series, toStartOfMinute(m.time) AS time,
  anyLast(toString(m.kind)) AS kind, anyLast(toString(m.temporality)) AS temporality, anyLast(toString(m.unit)) AS unit,
  anyLast(toString(m.source)) AS source, anyLast(toString(m.asset)) AS asset, anyLast(toString(m.service)) AS service, anyLast(CAST(m.labels, 'Map(String, String)')) AS labels,
  count() AS samples, sum(m.value) AS total, min(m.value) AS low, max(m.value) AS high,
  argMinState(m.value, m.time) AS first, argMaxState(m.value, m.time) AS last,
  deltaSumTimestampState(m.value, toUInt64(toUnixTimestamp64Milli(m.time))) AS added
FROM {{database}}.metrics AS m
WHERE m.kind IN ('counter', 'gauge') AND m.stale = 0 AND NOT isNaN(m.value)
GROUP BY name, series, time;
CREATE MATERIALIZED VIEW IF NOT EXISTS {{database}}.metrics_to_1h {{on_cluster}} TO {{database}}.metrics_1h
AS SELECT
  name, series, toStartOfHour(m.time) AS time,
  anyLast(toString(m.kind)) AS kind, anyLast(toString(m.temporality)) AS temporality, anyLast(toString(m.unit)) AS unit,
  anyLast(toString(m.source)) AS source, anyLast(toString(m.asset)) AS asset, anyLast(toString(m.service)) AS service, anyLast(CAST(m.labels, 'Map(String, String)')) AS labels,
  count() AS samples, sum(m.value) AS total, min(m.value) AS low, max(m.value) AS high,
  argMinState(m.value, m.time) AS first, argMaxState(m.value, m.time) AS last,
  deltaSumTimestampState(m.value, toUInt64(toUnixTimestamp64Milli(m.time))) AS added
FROM {{database}}.metrics AS m
WHERE m.kind IN ('counter', 'gauge') AND m.stale = 0 AND NOT isNaN(m.value)
GROUP BY name, series, time;
