-- A click on a channel's link. The id is a UUIDv7, shown as clk_..., which the landing page hands on with its lead; partitioned by day as
-- pings are. cost is what this click cost when the channel was paid by click.
CREATE TABLE IF NOT EXISTS click (
	id           BINARY(16) NOT NULL,
	channel_id   INT UNSIGNED NOT NULL,
	campaign_id  INT UNSIGNED NOT NULL,
	created_at   DATETIME(6) NOT NULL,
	cost         DECIMAL(14,4) NOT NULL,
	currency     CHAR(3) NOT NULL,
	sub1         VARCHAR(128) NOT NULL,
	sub2         VARCHAR(128) NOT NULL,
	sub3         VARCHAR(128) NOT NULL,
	sub4         VARCHAR(128) NOT NULL,
	sub5         VARCHAR(128) NOT NULL,
	gclid        VARCHAR(255) NULL,
	fbclid       VARCHAR(255) NULL,
	msclkid      VARCHAR(255) NULL,
	utm_source   VARCHAR(128) NULL,
	utm_medium   VARCHAR(128) NULL,
	utm_campaign VARCHAR(128) NULL,
	utm_term     VARCHAR(128) NULL,
	utm_content  VARCHAR(128) NULL,
	PRIMARY KEY (id),
	KEY channel (channel_id, id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin
PARTITION BY RANGE COLUMNS (id) (
	PARTITION p_rest VALUES LESS THAN (MAXVALUE)
);

-- What was spent on a channel on a day, as it was last told. clicks are the ad platform's own count.
CREATE TABLE IF NOT EXISTS spend (
	channel_id INT UNSIGNED NOT NULL,
	day        DATE NOT NULL,
	amount     DECIMAL(14,4) NOT NULL,
	currency   CHAR(3) NOT NULL,
	clicks     INT UNSIGNED NULL,
	updated_at DATETIME(6) NOT NULL,
	actor      VARCHAR(80) NOT NULL,
	PRIMARY KEY (channel_id, day)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
