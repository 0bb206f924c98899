-- What happened, written in the transaction that made it so. gavel-jobs makes deliveries of each row and deletes it.
CREATE TABLE IF NOT EXISTS outbox (
	id         BIGINT UNSIGNED NOT NULL AUTO_INCREMENT,
	at         DATETIME(6) NOT NULL,
	lead_id    BINARY(16) NULL,
	sale_id    BINARY(16) NULL,
	sale_state TINYINT NULL,
	lead_state TINYINT NULL,
	alert      VARCHAR(32) NULL,
	data       TEXT NULL,
	PRIMARY KEY (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- The last state that went into the outbox: only another one is news.
ALTER TABLE `lead` ADD COLUMN IF NOT EXISTS told TINYINT NULL;

-- An alert is raised once for each window of what it is about: a cap's day, a balance until it is funded again.
CREATE TABLE IF NOT EXISTS alert (
	kind    VARCHAR(32) NOT NULL,
	subject VARCHAR(160) NOT NULL,
	span    VARCHAR(40) NOT NULL,
	at      DATETIME(6) NOT NULL,
	PRIMARY KEY (kind, subject, span),
	KEY at (at)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
