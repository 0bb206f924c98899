-- A POST under an Idempotency-Key runs once. For a post the row is made in the intent's own transaction and names the lead.
CREATE TABLE IF NOT EXISTS idempotency (
	owner       VARCHAR(80) NOT NULL,
	name        VARCHAR(255) NOT NULL,
	fingerprint BINARY(32) NOT NULL,
	lead_id     BINARY(16) NULL,
	status      SMALLINT UNSIGNED NULL,
	answer      MEDIUMBLOB NULL,
	created_at  DATETIME(6) NOT NULL,
	PRIMARY KEY (owner, name),
	KEY age (created_at)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
