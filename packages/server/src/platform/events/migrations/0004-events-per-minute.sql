-- Counts for the charts of the Floor page: a name for the projection of the events table, which the engine reads instead of
-- the rows.
CREATE VIEW IF NOT EXISTS {{database}}.events_per_minute {{on_cluster}}
AS SELECT
  toStartOfMinute(received) AS minute,
  source,
  class,
  count() AS events,
  sum(length(raw)) AS bytes
FROM {{database}}.events
GROUP BY minute, source, class;
