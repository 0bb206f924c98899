-- The campaign for which it was spent, as it was configured then: a channel that is archived, or moved to another campaign, takes nothing away
-- from what its campaign has cost. NULL: its channel is configured no more, or an older program wrote it.
ALTER TABLE spend ADD COLUMN IF NOT EXISTS campaign_id INT UNSIGNED NULL;

UPDATE spend s JOIN channel h ON h.id = s.channel_id JOIN config_state st ON st.id = 1 JOIN config_version v ON v.version = st.version
	JOIN JSON_TABLE(v.document, '$.channels[*]' COLUMNS (name VARCHAR(64) CHARACTER SET utf8mb4 PATH '$.key',
		campaign VARCHAR(64) CHARACTER SET utf8mb4 PATH '$.campaign')) t ON t.name = h.name
	JOIN campaign c ON c.name = t.campaign
	SET s.campaign_id = c.id WHERE s.campaign_id IS NULL;
