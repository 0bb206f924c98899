-- What has been used of a cap in one window. Taken with the intent to post, given back by a reject, kept by an unknown outcome.
CREATE TABLE IF NOT EXISTS cap_window (
	owner_kind TINYINT NOT NULL,
	owner_id   INT UNSIGNED NOT NULL,
	seller_id  INT UNSIGNED NOT NULL,
	counted    TINYINT NOT NULL,
	per        TINYINT NOT NULL,
	starts_at  DATETIME(6) NOT NULL,
	leads      INT UNSIGNED NOT NULL,
	spend      DECIMAL(14,4) NOT NULL,
	PRIMARY KEY (owner_kind, owner_id, seller_id, counted, per, starts_at)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
