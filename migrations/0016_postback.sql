-- Buyers' verdicts as they came. A webhook's id and a buyer's own event id are each taken once.
CREATE TABLE IF NOT EXISTS postback (
	id          BIGINT UNSIGNED NOT NULL AUTO_INCREMENT,
	buyer_id    INT UNSIGNED NOT NULL,
	webhook_id  VARCHAR(255) NULL,
	event_hash  BINARY(32) NOT NULL,
	fingerprint BINARY(32) NOT NULL,
	sale_id     BINARY(16) NOT NULL,
	status      VARCHAR(40) NOT NULL,
	reason      VARCHAR(255) NULL,
	amount      DECIMAL(14,4) NULL,
	at          DATETIME(6) NOT NULL,
	PRIMARY KEY (id),
	UNIQUE KEY webhook (buyer_id, webhook_id),
	UNIQUE KEY event (buyer_id, event_hash),
	KEY sale (sale_id, id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
