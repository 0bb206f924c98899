-- Access tokens of client credentials: opaque, short-lived, kept as a hash. A token goes with the key that it was given for.
CREATE TABLE IF NOT EXISTS oauth_token (
	hash       BINARY(32) NOT NULL,
	key_id     CHAR(8) NOT NULL,
	scopes     INT UNSIGNED NOT NULL,
	created_at DATETIME(6) NOT NULL,
	expires_at DATETIME(6) NOT NULL,
	revoked_at DATETIME(6) NULL,
	PRIMARY KEY (hash),
	KEY by_key (key_id),
	KEY age (expires_at)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
