-- A buyer's wish to give a sale back, one for each sale: state 1 requested, 2 approved, 3 denied.
CREATE TABLE IF NOT EXISTS return_request (
	id           BINARY(16) NOT NULL,
	sale_id      BINARY(16) NOT NULL,
	lead_id      BINARY(16) NOT NULL,
	buyer_id     INT UNSIGNED NOT NULL,
	seller_id    INT UNSIGNED NOT NULL,
	state        TINYINT NOT NULL,
	reason       VARCHAR(255) NULL,
	requested_at DATETIME(6) NOT NULL,
	decided_at   DATETIME(6) NULL,
	decided_by   VARCHAR(80) NULL,
	note         VARCHAR(255) NULL,
	PRIMARY KEY (id),
	UNIQUE KEY sale (sale_id),
	KEY state (state, id),
	KEY buyer (buyer_id, state)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- A buyer's sales of the last days: ids stand in the order of time.
ALTER TABLE sale ADD KEY IF NOT EXISTS buyer (buyer_id, id);
