-- A ping with its bids and the code of every contract inside. The id is a UUIDv7, so rows stand in the order of time and a partition is
-- a day; gavel-jobs makes the coming days' partitions and drops the old ones.
CREATE TABLE IF NOT EXISTS ping (
	id          BINARY(16) NOT NULL,
	lead_id     BINARY(16) NOT NULL,
	seller_id   INT UNSIGNED NOT NULL,
	campaign_id INT UNSIGNED NOT NULL,
	version     INT UNSIGNED NOT NULL,
	sandbox     TINYINT NOT NULL,
	status      TINYINT NOT NULL,
	score       TINYINT NULL,
	created_at  DATETIME(6) NOT NULL,
	expires_at  DATETIME(6) NOT NULL,
	ms          INT UNSIGNED NOT NULL,
	min_price   DECIMAL(14,4) NOT NULL,
	max_sales   TINYINT UNSIGNED NOT NULL,
	sub1        VARCHAR(128) NOT NULL,
	sub2        VARCHAR(128) NOT NULL,
	click_id    BINARY(16) NULL,
	lead        MEDIUMTEXT NOT NULL,
	source      TEXT NOT NULL,
	lead_key    VARBINARY(96) NULL,
	sealed      MEDIUMBLOB NULL,
	bids        MEDIUMTEXT NOT NULL,
	decisions   MEDIUMBLOB NOT NULL,
	PRIMARY KEY (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin
PARTITION BY RANGE COLUMNS (id) (
	PARTITION p_rest VALUES LESS THAN (MAXVALUE)
);
