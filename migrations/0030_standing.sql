-- What history says of contracts and sources, counted anew by gavel-jobs every minute over thirty days, older days weighing less. Workers
-- hold it in memory.
--
--	kind 1  a contract with a seller: of `total` posts with a verdict, `good` were kept
--	kind 2  a contract: its buyer took `good` seconds in all over `total` verdicts by postback
--	kind 3  a seller's sub-source in a campaign (owner_id): of `total` posted leads, `good` were kept
CREATE TABLE IF NOT EXISTS standing (
	kind       TINYINT NOT NULL,
	owner_id   INT UNSIGNED NOT NULL,
	seller_id  INT UNSIGNED NOT NULL,
	sub1       VARCHAR(128) NOT NULL,
	good       DECIMAL(18,4) NOT NULL,
	total      DECIMAL(18,4) NOT NULL,
	counted_at DATETIME(6) NOT NULL,
	PRIMARY KEY (kind, owner_id, seller_id, sub1),
	KEY counted (counted_at)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

ALTER TABLE postback ADD INDEX IF NOT EXISTS at (at);
