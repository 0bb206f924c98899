-- What a sale holds of caps and funds: taken with the intent to post, given back by a reject, kept while the outcome is unknown. The rows
-- name the windows that were taken, so that a cap that is changed meanwhile gives nothing to a window that it did not take from.
CREATE TABLE IF NOT EXISTS cap_hold (
	sale_id    BINARY(16) NOT NULL,
	owner_kind TINYINT NOT NULL,
	owner_id   INT UNSIGNED NOT NULL,
	seller_id  INT UNSIGNED NOT NULL,
	counted    TINYINT NOT NULL,
	per        TINYINT NOT NULL,
	starts_at  DATETIME(6) NOT NULL,
	spend      DECIMAL(14,4) NOT NULL,
	given_at   DATETIME(6) NULL,
	PRIMARY KEY (sale_id, owner_kind, owner_id, seller_id, counted, per, starts_at)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE IF NOT EXISTS funds_hold (
	sale_id    BINARY(16) NOT NULL,
	buyer_id   INT UNSIGNED NOT NULL,
	currency   CHAR(3) NOT NULL,
	amount     DECIMAL(14,4) NOT NULL,
	ended_at   DATETIME(6) NULL,
	PRIMARY KEY (sale_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- Of a balance, what intents hold. What a buyer may still spend is balance - held.
ALTER TABLE ledger_account ADD COLUMN IF NOT EXISTS held DECIMAL(14,4) NOT NULL DEFAULT 0;

-- Windows that are under way are found by when they began.
ALTER TABLE cap_window ADD KEY IF NOT EXISTS begun (per, starts_at);
