-- The channel that a lead came by, kept with the lead: clicks go with the pings' days, and what becomes of a lead later still counts for its
-- channel. NULL: it came by none, or an older program wrote it, whose click still says.
ALTER TABLE `lead` ADD COLUMN IF NOT EXISTS channel_id INT UNSIGNED NULL;

UPDATE `lead` l JOIN click k ON k.id = l.click_id SET l.channel_id = k.channel_id WHERE l.channel_id IS NULL AND l.click_id IS NOT NULL;
