-- Duplicates are found by phone and e-mail, or by their digests alone: a blind index of each digest that a ping may name.
ALTER TABLE `lead`
	ADD COLUMN IF NOT EXISTS phone_md5_index BINARY(32) NULL AFTER email_index,
	ADD COLUMN IF NOT EXISTS phone_sha1_index BINARY(32) NULL AFTER phone_md5_index,
	ADD COLUMN IF NOT EXISTS email_md5_index BINARY(32) NULL AFTER phone_sha1_index,
	ADD COLUMN IF NOT EXISTS email_sha1_index BINARY(32) NULL AFTER email_md5_index,
	ADD INDEX IF NOT EXISTS phone_md5 (phone_md5_index, campaign_id, created_at),
	ADD INDEX IF NOT EXISTS phone_sha1 (phone_sha1_index, campaign_id, created_at),
	ADD INDEX IF NOT EXISTS email_md5 (email_md5_index, campaign_id, created_at),
	ADD INDEX IF NOT EXISTS email_sha1 (email_sha1_index, campaign_id, created_at);

-- Whoever sells a lead where duplicates matter holds its person's row until the intent is committed: of two copies at the same moment the
-- second one looks when the first is there. Many persons share a row; there are never more than 65,536.
CREATE TABLE IF NOT EXISTS person_lock (
	bucket INT UNSIGNED NOT NULL,
	held   BIGINT UNSIGNED NOT NULL,
	PRIMARY KEY (bucket)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
