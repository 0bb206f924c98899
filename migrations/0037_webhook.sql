-- Who is told, one row for each seller, channel, contract with loss notices, and the operator. failing counts failures since the last
-- success; one that answered 410 is disabled until an operator enables it.
CREATE TABLE IF NOT EXISTS webhook_endpoint (
	id            INT UNSIGNED NOT NULL AUTO_INCREMENT,
	kind          TINYINT NOT NULL,
	owner         VARCHAR(64) NOT NULL,
	failing       INT UNSIGNED NOT NULL DEFAULT 0,
	failed_at     DATETIME(6) NULL,
	failed_status SMALLINT UNSIGNED NULL,
	disabled_at   DATETIME(6) NULL,
	reason        VARCHAR(160) NULL,
	PRIMARY KEY (id),
	UNIQUE KEY owner (kind, owner)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- One message to one endpoint. The id is the webhook-id, the same in every attempt. A runner that takes it moves next_at behind its lease;
-- what a dead runner held is due again then.
CREATE TABLE IF NOT EXISTS webhook_delivery (
	id          BINARY(16) NOT NULL,
	endpoint_id INT UNSIGNED NOT NULL,
	type        VARCHAR(32) NOT NULL,
	lead_id     BINARY(16) NULL,
	sale_id     BINARY(16) NULL,
	contract_id INT UNSIGNED NULL,
	url         VARCHAR(4000) NULL,
	body        MEDIUMTEXT NOT NULL,
	state       TINYINT NOT NULL,
	created_at  DATETIME(6) NOT NULL,
	next_at     DATETIME(6) NOT NULL,
	lease       BINARY(16) NULL,
	step        TINYINT UNSIGNED NOT NULL,
	attempts    SMALLINT UNSIGNED NOT NULL,
	last_at     DATETIME(6) NULL,
	last_status SMALLINT UNSIGNED NULL,
	last_error  VARCHAR(160) NULL,
	done_at     DATETIME(6) NULL,
	PRIMARY KEY (id),
	UNIQUE KEY once (contract_id, lead_id),
	KEY due (endpoint_id, state, next_at),
	KEY done (done_at),
	KEY lead (lead_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE IF NOT EXISTS webhook_attempt (
	delivery_id BINARY(16) NOT NULL,
	n           SMALLINT UNSIGNED NOT NULL,
	at          DATETIME(6) NOT NULL,
	ms          INT UNSIGNED NOT NULL,
	status      SMALLINT UNSIGNED NULL,
	error       VARCHAR(160) NULL,
	PRIMARY KEY (delivery_id, n)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
