-- A key is shown once; what is kept is its id and a keyed hash. seller_id 0: an operator's.
CREATE TABLE IF NOT EXISTS api_key (
	id           CHAR(8) NOT NULL,
	hash         BINARY(32) NOT NULL,
	seller_id    INT UNSIGNED NOT NULL,
	sandbox      TINYINT NOT NULL,
	must_sign    TINYINT NOT NULL DEFAULT 0,
	scopes       INT UNSIGNED NOT NULL,
	name         VARCHAR(120) NOT NULL,
	created_at   DATETIME(6) NOT NULL,
	revoked_at   DATETIME(6) NULL,
	last_used_at DATETIME(6) NULL,
	PRIMARY KEY (id),
	KEY seller (seller_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
