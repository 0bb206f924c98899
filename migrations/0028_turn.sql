-- Whose turn it is where contracts take turns (round_robin): the number under which each had its last one. contract_id 0 is the campaign's
-- count of turns; whoever takes one holds that row until the turn is given.
CREATE TABLE IF NOT EXISTS turn (
	campaign_id INT UNSIGNED NOT NULL,
	sandbox     TINYINT NOT NULL,
	contract_id INT UNSIGNED NOT NULL,
	taken       BIGINT UNSIGNED NOT NULL,
	PRIMARY KEY (campaign_id, sandbox, contract_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
