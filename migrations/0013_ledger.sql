-- Append-only double entry. Each attempt's entries sum to zero: what a buyer is charged goes to the seller and to the margin.
CREATE TABLE IF NOT EXISTS ledger_account (
	id       INT UNSIGNED NOT NULL AUTO_INCREMENT,
	kind     ENUM('buyer', 'seller', 'margin', 'cash') NOT NULL,
	owner_id INT UNSIGNED NOT NULL,
	currency CHAR(3) NOT NULL,
	balance  DECIMAL(14,4) NOT NULL DEFAULT 0,
	PRIMARY KEY (id),
	UNIQUE KEY owner (kind, owner_id, currency)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE IF NOT EXISTS ledger_entry (
	id         BIGINT UNSIGNED NOT NULL AUTO_INCREMENT,
	attempt_id BINARY(16) NOT NULL,
	account_id INT UNSIGNED NOT NULL,
	event      ENUM('sale', 'return', 'clawback', 'deposit', 'adjustment') NOT NULL,
	amount     DECIMAL(14,4) NOT NULL,
	currency   CHAR(3) NOT NULL,
	created_at DATETIME(6) NOT NULL,
	PRIMARY KEY (id),
	UNIQUE KEY once (attempt_id, account_id, event),
	KEY account (account_id, id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
