-- Alerts of a host asked for by its short name: a range over the full names, which only bytewise order makes a prefix.
CREATE INDEX alert_entity_prefix ON alert_entity ((substr(key, strpos(key, ':') + 1)) COLLATE "C");
