-- Sealed under the master key; never in the document, never exported.
CREATE TABLE IF NOT EXISTS secret (
	buyer      VARCHAR(64) NOT NULL,
	name       VARCHAR(64) NOT NULL,
	sealed     VARBINARY(8192) NOT NULL,
	updated_at DATETIME(6) NOT NULL,
	PRIMARY KEY (buyer, name)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- Signing secrets of Standard Webhooks and tokens; the one before stays valid until the next rotation.
CREATE TABLE IF NOT EXISTS signing_secret (
	owner_kind VARCHAR(32) NOT NULL,
	owner      VARCHAR(64) NOT NULL,
	sealed     VARBINARY(512) NOT NULL,
	previous   VARBINARY(512) NULL,
	updated_at DATETIME(6) NOT NULL,
	PRIMARY KEY (owner_kind, owner)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
