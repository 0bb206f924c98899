-- Roll-ups, made by gavel-jobs. A row stands for `span` quarters of an hour from starts_at on (1, 4, 16 or 96: a quarter, an hour, four
-- hours, a UTC day), so that the days of any time zone add up from few rows. contract_id 0 holds all contracts together and counts pings
-- and leads; the others count what was asked of and sold to one contract. by_sub 1 keeps sub1 and sub2 apart, by_sub 0 holds them
-- together. Sums of money are whole ten-thousandths, because a year of them does not fit the amounts of one sale.
CREATE TABLE IF NOT EXISTS stat_quarter (
	by_sub      TINYINT UNSIGNED NOT NULL,
	span        TINYINT UNSIGNED NOT NULL,
	starts_at   DATETIME NOT NULL,
	contract_id INT UNSIGNED NOT NULL,
	buyer_id    INT UNSIGNED NOT NULL,
	seller_id   INT UNSIGNED NOT NULL,
	campaign_id INT UNSIGNED NOT NULL,
	channel_id  INT UNSIGNED NOT NULL,
	currency    CHAR(3) NOT NULL,
	sub1        VARCHAR(128) NOT NULL,
	sub2        VARCHAR(128) NOT NULL,
	pings       BIGINT NOT NULL,
	filled      BIGINT NOT NULL,
	asked       BIGINT NOT NULL,
	bids        BIGINT NOT NULL,
	bid_sum     BIGINT NOT NULL,
	won         BIGINT NOT NULL,
	won_sum     BIGINT NOT NULL,
	listed      BIGINT NOT NULL,
	listed_sum  BIGINT NOT NULL,
	offered_sum BIGINT NOT NULL,
	timeouts    BIGINT NOT NULL,
	posts       BIGINT NOT NULL,
	sold        BIGINT NOT NULL,
	recovered   BIGINT NOT NULL,
	attempts    BIGINT NOT NULL,
	accepted    BIGINT NOT NULL,
	returns     BIGINT NOT NULL,
	conversions BIGINT NOT NULL,
	revenue     BIGINT NOT NULL,
	returned    BIGINT NOT NULL,
	payout      BIGINT NOT NULL,
	lead_cost   BIGINT NOT NULL,
	clicks      BIGINT NOT NULL,
	click_cost  BIGINT NOT NULL,
	PRIMARY KEY (by_sub, span, starts_at, contract_id, buyer_id, seller_id, campaign_id, channel_id, currency, sub1, sub2)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- How often each code stood in pings' decisions and in leads and their attempts. contract_id 0 counts a ping or lead that was screened out
-- once, and all contracts' codes; sub-sources are kept apart there only.
CREATE TABLE IF NOT EXISTS stat_reason (
	by_sub      TINYINT UNSIGNED NOT NULL,
	span        TINYINT UNSIGNED NOT NULL,
	starts_at   DATETIME NOT NULL,
	contract_id INT UNSIGNED NOT NULL,
	buyer_id    INT UNSIGNED NOT NULL,
	seller_id   INT UNSIGNED NOT NULL,
	campaign_id INT UNSIGNED NOT NULL,
	channel_id  INT UNSIGNED NOT NULL,
	currency    CHAR(3) NOT NULL,
	sub1        VARCHAR(128) NOT NULL,
	sub2        VARCHAR(128) NOT NULL,
	reason      SMALLINT UNSIGNED NOT NULL,
	pings       BIGINT NOT NULL,
	sales       BIGINT NOT NULL,
	PRIMARY KEY (by_sub, span, starts_at, contract_id, buyer_id, seller_id, campaign_id, channel_id, currency, sub1, sub2, reason)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- How long contracts took to answer pings: packed histograms (lib/lead/latency). contract_id 0 holds all of a campaign's together.
CREATE TABLE IF NOT EXISTS stat_latency (
	span        TINYINT UNSIGNED NOT NULL,
	starts_at   DATETIME NOT NULL,
	contract_id INT UNSIGNED NOT NULL,
	buyer_id    INT UNSIGNED NOT NULL,
	campaign_id INT UNSIGNED NOT NULL,
	currency    CHAR(3) NOT NULL,
	buckets     VARBINARY(4096) NOT NULL,
	PRIMARY KEY (span, starts_at, contract_id, buyer_id, campaign_id, currency)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- How far the roll-ups have come. Whoever changes them moves this row in the same transaction, on condition that nobody did so meanwhile:
-- so two runners never count a ping twice.
CREATE TABLE IF NOT EXISTS stat_mark (
	id            TINYINT NOT NULL,
	turn          BIGINT NOT NULL,
	pings_to      BINARY(16) NOT NULL,
	pings_closed  DATETIME NOT NULL,
	clicks_closed DATETIME NOT NULL,
	sales_seen    DATETIME(6) NOT NULL,
	sales_swept   DATETIME(6) NOT NULL,
	PRIMARY KEY (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

INSERT IGNORE INTO stat_mark (id, turn, pings_to, pings_closed, clicks_closed, sales_seen, sales_swept)
	VALUES (1, 0, x'00000000000000000000000000000000', '1970-01-01', '1970-01-01', '1970-01-01', '1970-01-01');

-- Which quarters have leads and sales that changed, and what a quarter holds.
ALTER TABLE `lead` ADD INDEX IF NOT EXISTS changed (updated_at, created_at), ADD INDEX IF NOT EXISTS created (created_at);
ALTER TABLE sale ADD INDEX IF NOT EXISTS changed (updated_at, created_at), ADD INDEX IF NOT EXISTS created (created_at);
