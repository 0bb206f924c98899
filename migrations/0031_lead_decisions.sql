-- What became of each contract when its lead was posted, packed as in ping.decisions: only where a bid was passed over without an attempt,
-- since attempts have rows of their own.
ALTER TABLE `lead` ADD COLUMN IF NOT EXISTS decisions MEDIUMBLOB NULL;
