-- One attempt to sell a lead is one sale row, written with the intent, before the first byte leaves; delivery holds its exchange.
-- UNIQUE (lead_id, slot) is what makes a second exclusive sale impossible: a reject sets its slot NULL.
CREATE TABLE IF NOT EXISTS sale (
	id           BINARY(16) NOT NULL,
	lead_id      BINARY(16) NOT NULL,
	slot         TINYINT UNSIGNED NULL,
	bid_id       BINARY(16) NOT NULL,
	contract_id  INT UNSIGNED NOT NULL,
	buyer_id     INT UNSIGNED NOT NULL,
	seller_id    INT UNSIGNED NOT NULL,
	campaign_id  INT UNSIGNED NOT NULL,
	sandbox      TINYINT NOT NULL,
	kind         TINYINT NOT NULL,
	state        TINYINT NOT NULL,
	cost         DECIMAL(14,4) NOT NULL,
	price        DECIMAL(14,4) NOT NULL,
	currency     CHAR(3) NOT NULL,
	ref          VARCHAR(255) NULL,
	redirect_url VARCHAR(2000) NULL,
	created_at   DATETIME(6) NOT NULL,
	updated_at   DATETIME(6) NOT NULL,
	PRIMARY KEY (id),
	UNIQUE KEY slot (lead_id, slot),
	KEY buyer_ref (buyer_id, ref),
	KEY contract (contract_id, id),
	KEY seller (seller_id, id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE IF NOT EXISTS delivery (
	sale_id     BINARY(16) NOT NULL,
	lead_id     BINARY(16) NOT NULL,
	contract_id INT UNSIGNED NOT NULL,
	seq         TINYINT UNSIGNED NOT NULL,
	state       TINYINT NOT NULL,
	reason      SMALLINT UNSIGNED NULL,
	reason_text VARCHAR(255) NULL,
	created_at  DATETIME(6) NOT NULL,
	deadline_at DATETIME(6) NOT NULL,
	ended_at    DATETIME(6) NULL,
	ms          INT UNSIGNED NULL,
	http_status SMALLINT UNSIGNED NULL,
	exchange    MEDIUMBLOB NULL,
	PRIMARY KEY (sale_id),
	KEY lead (lead_id),
	KEY open_by_deadline (state, deadline_at)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE IF NOT EXISTS sale_event (
	id         BIGINT UNSIGNED NOT NULL AUTO_INCREMENT,
	lead_id    BINARY(16) NOT NULL,
	sale_id    BINARY(16) NULL,
	at         DATETIME(6) NOT NULL,
	kind       VARCHAR(32) NOT NULL,
	reason     SMALLINT UNSIGNED NULL,
	detail     VARCHAR(255) NULL,
	actor      VARCHAR(80) NOT NULL,
	PRIMARY KEY (id),
	KEY lead (lead_id, id),
	KEY sale (sale_id, id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
