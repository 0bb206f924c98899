-- What gavel-jobs has to do, a row for each thing: `id` is the lead or the sale that it is about. due_at is when it may next be taken. A
-- runner that takes one moves due_at to the end of its lease and leaves its token: what a dead runner held comes due by itself, and one
-- that was paused beyond its lease finds another's token.
CREATE TABLE IF NOT EXISTS work (
	id         BINARY(16) NOT NULL,
	kind       TINYINT NOT NULL,
	due_at     DATETIME(6) NOT NULL,
	tries      SMALLINT UNSIGNED NOT NULL DEFAULT 0,
	lease      BINARY(16) NULL,
	created_at DATETIME(6) NOT NULL,
	PRIMARY KEY (id, kind),
	KEY due (due_at)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
