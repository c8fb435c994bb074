-- Login names of those who speak for an owner team: they approve what touches its services.
ALTER TABLE team ADD COLUMN members text[] NOT NULL DEFAULT '{}';
