-- ingest: sources of the protocols that other programs speak; which kinds there are is in contracts.
ALTER TABLE source DROP CONSTRAINT source_kind_check;
