-- One row per event: the columns of the sdk, what the pipeline knows about the record, and its untouched text.
-- Both fsync settings are what makes an acknowledged insert survive a power cut.
CREATE TABLE IF NOT EXISTS {{database}}.events {{on_cluster}}
(
  id UInt64 CODEC(Delta(8), ZSTD(1)),
  time DateTime64(9, 'UTC') CODEC(Delta(8), ZSTD(1)),
  received DateTime64(3, 'UTC') CODEC(Delta(8), ZSTD(1)),
  source LowCardinality(String),
  parser LowCardinality(String),
  class LowCardinality(String) DEFAULT 'unclassified',
  class_uid UInt32 CODEC(ZSTD(1)),
  activity_id UInt8 CODEC(ZSTD(1)),
  severity_id UInt8 CODEC(ZSTD(1)),
  status_id UInt8 CODEC(ZSTD(1)),
  product LowCardinality(String),
  channel LowCardinality(String),
  event_code LowCardinality(String),
  host LowCardinality(String),
  user LowCardinality(String),
  user_domain LowCardinality(String),
  target_user String CODEC(ZSTD(1)),
  src_ip IPv6 CODEC(ZSTD(1)),
  src_port UInt16 CODEC(ZSTD(1)),
  dst_ip IPv6 CODEC(ZSTD(1)),
  dst_port UInt16 CODEC(ZSTD(1)),
  peer_host String CODEC(ZSTD(1)),
  process_path String CODEC(ZSTD(1)),
  process_cmd String CODEC(ZSTD(1)),
  process_pid UInt32 CODEC(ZSTD(1)),
  process_guid String CODEC(ZSTD(1)),
  parent_path String CODEC(ZSTD(1)),
  parent_cmd String CODEC(ZSTD(1)),
  parent_pid UInt32 CODEC(ZSTD(1)),
  file_path String CODEC(ZSTD(1)),
  reg_path String CODEC(ZSTD(1)),
  reg_value String CODEC(ZSTD(1)),
  sha256 String CODEC(ZSTD(1)),
  md5 String CODEC(ZSTD(1)),
  domain String CODEC(ZSTD(1)),
  url String CODEC(ZSTD(1)),
  http_method LowCardinality(String),
  http_status UInt16 CODEC(ZSTD(1)),
  object String CODEC(ZSTD(1)),
  session String CODEC(ZSTD(1)),
  message String CODEC(ZSTD(1)),
  peer IPv6 CODEC(ZSTD(1)),
  notes Array(LowCardinality(String)),
  raw String CODEC(ZSTD(3)),
  INDEX id_bloom id TYPE bloom_filter(0.001) GRANULARITY 1,
  -- On the expression, not with a preprocessor: where the engine does not use the index (top-N reads, counts) a preprocessor is
  -- silently left out and the same condition finds less.
  INDEX raw_words lower(raw) TYPE text(tokenizer = splitByNonAlpha),
  -- Counts for charts live in the same part as their rows, so that they are stored and lost together. A materialised view is
  -- a second insert that can fail by itself: on a full disk it left a part behind that was readable, empty on disk, and
  -- taken for stored when the batch was sent again.
  PROJECTION per_minute
  (
    SELECT toStartOfMinute(received) AS minute, source, class, count(), sum(length(raw))
    GROUP BY minute, source, class
  )
)
ENGINE = {{engine}}MergeTree
PARTITION BY toYYYYMMDD(time)
ORDER BY (class, host, time)
TTL toDateTime(received) + toIntervalDay({{retention_days}})
SETTINGS
  non_replicated_deduplication_window = 10000,
  replicated_deduplication_window = 10000,
  fsync_after_insert = 1,
  fsync_part_directory = 1,
  -- Merged parts too, though the engine leaves out their text index: a power cut can break those of the last half minute.
  -- The sources of a merge then stand in, so they have to outlive that time by far.
  min_rows_to_fsync_after_merge = 1,
  min_compressed_bytes_to_fsync_after_merge = 1,
  old_parts_lifetime = 600,
  -- What is broken all the same is set aside and reported, and the store starts.
  max_suspicious_broken_parts = 1000,
  max_suspicious_broken_parts_bytes = 107374182400,
  -- Refuses rows while there is still room to do so cleanly: on a disk that runs full while a part is written, the engine can
  -- acknowledge a part that is not there.
  min_free_disk_bytes_to_perform_insert = {{free_bytes}},
  min_free_disk_ratio_to_perform_insert = 0.01;
