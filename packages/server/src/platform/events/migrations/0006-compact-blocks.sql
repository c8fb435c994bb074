-- A block that comes in is about the size from which the engine gives each column files of its own, and every file of a part is
-- synced by itself: 227 syncs a block of 5,000 events where one file takes 32. Parts that merge beyond this are laid out by column again.
ALTER TABLE {{database}}.events {{on_cluster}} MODIFY SETTING min_bytes_for_wide_part = 67108864;
