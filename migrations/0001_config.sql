-- The configuration is one document; every apply is a numbered version. Rows know its objects by the numbers of `named`, which never
-- change; what a document leaves out is archived, never deleted.
CREATE TABLE IF NOT EXISTS config_version (
	version    INT UNSIGNED NOT NULL,
	created_at DATETIME(6) NOT NULL,
	author     VARCHAR(120) NOT NULL,
	document   LONGTEXT NOT NULL,
	PRIMARY KEY (version)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- One row: the version in force, and a count of changes to keys and secrets, which workers watch; and the epoch, which each promotion of a
-- primary raises, so that a server that was left behind is known.
CREATE TABLE IF NOT EXISTS config_state (
	id      TINYINT UNSIGNED NOT NULL,
	version INT UNSIGNED NOT NULL,
	changes BIGINT UNSIGNED NOT NULL,
	epoch   BIGINT UNSIGNED NOT NULL DEFAULT 0,
	PRIMARY KEY (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

INSERT IGNORE INTO config_state (id, version, changes) VALUES (1, 0, 0);
