-- One row per hit of a rule; never edited. The id is made of rule and event, so that a replay makes the same one.
CREATE TABLE IF NOT EXISTS {{database}}.signals {{on_cluster}}
(
  id String CODEC(ZSTD(1)),
  time DateTime64(9, 'UTC') CODEC(Delta(8), ZSTD(1)),
  received DateTime64(3, 'UTC') CODEC(Delta(8), ZSTD(1)),
  rule_id LowCardinality(String),
  rule_title LowCardinality(String),
  level LowCardinality(String),
  event_id UInt64 CODEC(Delta(8), ZSTD(1)),
  source LowCardinality(String),
  class LowCardinality(String),
  host LowCardinality(String),
  user LowCardinality(String),
  entity_kind LowCardinality(String),
  entity String CODEC(ZSTD(1)),
  fields String CODEC(ZSTD(3)),
  tactics Array(LowCardinality(String)),
  techniques Array(LowCardinality(String)),
  INDEX id_bloom id TYPE bloom_filter(0.001) GRANULARITY 1,
  INDEX event_bloom event_id TYPE bloom_filter(0.001) GRANULARITY 1
)
ENGINE = {{engine}}MergeTree
PARTITION BY toYYYYMM(time)
ORDER BY (rule_id, time)
TTL toDateTime(received) + toIntervalDay({{retention_days}})
SETTINGS
  non_replicated_deduplication_window = 10000,
  replicated_deduplication_window = 10000,
  fsync_after_insert = 1,
  fsync_part_directory = 1,
  min_rows_to_fsync_after_merge = 1,
  min_compressed_bytes_to_fsync_after_merge = 1,
  max_suspicious_broken_parts = 1000,
  max_suspicious_broken_parts_bytes = 107374182400,
  min_free_disk_bytes_to_perform_insert = {{free_bytes}},
  min_free_disk_ratio_to_perform_insert = 0.01;
