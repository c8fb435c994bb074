-- The database and the list of what has been applied to it. Every statement of every file may run twice.
CREATE DATABASE IF NOT EXISTS {{database}} {{on_cluster}} ENGINE = Atomic;

CREATE TABLE IF NOT EXISTS {{database}}.schema_migrations {{on_cluster}}
(
  version UInt32,
  name String,
  applied DateTime64(3, 'UTC') DEFAULT now64(3)
)
ENGINE = {{engine}}MergeTree
ORDER BY version
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, min_rows_to_fsync_after_merge = 1;
