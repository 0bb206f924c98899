-- People who sign in to the admin pages. Only gavel-admin's own database user may read these two tables.
CREATE TABLE IF NOT EXISTS user (
	id            INT UNSIGNED NOT NULL AUTO_INCREMENT,
	name          VARCHAR(64) NOT NULL,
	role          VARCHAR(32) NOT NULL,
	password_hash VARCHAR(255) NOT NULL,
	created_at    DATETIME(6) NOT NULL,
	disabled_at   DATETIME(6) NULL,
	PRIMARY KEY (id),
	UNIQUE KEY name (name)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE IF NOT EXISTS session (
	token_hash BINARY(32) NOT NULL,
	user_id    INT UNSIGNED NOT NULL,
	csrf       CHAR(43) NOT NULL,
	created_at DATETIME(6) NOT NULL,
	seen_at    DATETIME(6) NOT NULL,
	expires_at DATETIME(6) NOT NULL,
	PRIMARY KEY (token_hash),
	KEY user (user_id),
	KEY age (expires_at)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- Who changed or looked at what: append-only.
CREATE TABLE IF NOT EXISTS audit (
	id     BIGINT UNSIGNED NOT NULL AUTO_INCREMENT,
	at     DATETIME(6) NOT NULL,
	actor  VARCHAR(120) NOT NULL,
	action VARCHAR(64) NOT NULL,
	object VARCHAR(120) NOT NULL,
	detail VARCHAR(500) NULL,
	PRIMARY KEY (id),
	KEY object (object, id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
