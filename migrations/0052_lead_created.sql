-- Lists of leads go by when they were posted, as reports do. The id's time is the ping's, which may be another day's.
ALTER TABLE `lead` ADD INDEX IF NOT EXISTS seller_created (seller_id, created_at),
	ADD INDEX IF NOT EXISTS campaign_created (campaign_id, created_at),
	DROP INDEX IF EXISTS seller,
	DROP INDEX IF EXISTS campaign;
