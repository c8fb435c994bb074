-- respond: what of an hour is used up is counted by kind: at ten thousand effects an hour the other kinds need not be read.
DROP INDEX respond_touched_at;
CREATE INDEX respond_touched_kind ON respond_touched (kind, at) INCLUDE (rehearsed, value);
