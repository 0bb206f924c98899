-- The schema that the migrations lead to; tests/db/run --write makes this file, tests/db/run holds it to them.

CREATE TABLE `alert` (
  `kind` varchar(32) NOT NULL,
  `subject` varchar(160) NOT NULL,
  `span` varchar(40) NOT NULL,
  `at` datetime(6) NOT NULL,
  PRIMARY KEY (`kind`,`subject`,`span`),
  KEY `at` (`at`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE `api_key` (
  `id` char(8) NOT NULL,
  `hash` binary(32) NOT NULL,
  `seller_id` int(10) unsigned NOT NULL,
  `sandbox` tinyint(4) NOT NULL,
  `must_sign` tinyint(4) NOT NULL DEFAULT 0,
  `scopes` int(10) unsigned NOT NULL,
  `name` varchar(120) NOT NULL,
  `created_at` datetime(6) NOT NULL,
  `revoked_at` datetime(6) DEFAULT NULL,
  `last_used_at` datetime(6) DEFAULT NULL,
  PRIMARY KEY (`id`),
  KEY `seller` (`seller_id`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE `audit` (
  `id` bigint(20) unsigned NOT NULL AUTO_INCREMENT,
  `at` datetime(6) NOT NULL,
  `actor` varchar(120) NOT NULL,
  `action` varchar(64) NOT NULL,
  `object` varchar(120) NOT NULL,
  `detail` varchar(500) DEFAULT NULL,
  PRIMARY KEY (`id`),
  KEY `object` (`object`,`id`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE `buyer` (
  `id` int(10) unsigned NOT NULL AUTO_INCREMENT,
  `name` varchar(64) NOT NULL,
  `archived_at` datetime(6) DEFAULT NULL,
  PRIMARY KEY (`id`),
  UNIQUE KEY `name` (`name`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE `campaign` (
  `id` int(10) unsigned NOT NULL AUTO_INCREMENT,
  `name` varchar(64) NOT NULL,
  `archived_at` datetime(6) DEFAULT NULL,
  PRIMARY KEY (`id`),
  UNIQUE KEY `name` (`name`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE `cap_hold` (
  `sale_id` binary(16) NOT NULL,
  `owner_kind` tinyint(4) NOT NULL,
  `owner_id` int(10) unsigned NOT NULL,
  `seller_id` int(10) unsigned NOT NULL,
  `counted` tinyint(4) NOT NULL,
  `per` tinyint(4) NOT NULL,
  `starts_at` datetime(6) NOT NULL,
  `spend` decimal(14,4) NOT NULL,
  `given_at` datetime(6) DEFAULT NULL,
  PRIMARY KEY (`sale_id`,`owner_kind`,`owner_id`,`seller_id`,`counted`,`per`,`starts_at`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE `cap_window` (
  `owner_kind` tinyint(4) NOT NULL,
  `owner_id` int(10) unsigned NOT NULL,
  `seller_id` int(10) unsigned NOT NULL,
  `counted` tinyint(4) NOT NULL,
  `per` tinyint(4) NOT NULL,
  `starts_at` datetime(6) NOT NULL,
  `leads` int(10) unsigned NOT NULL,
  `spend` decimal(18,4) NOT NULL,
  PRIMARY KEY (`owner_kind`,`owner_id`,`seller_id`,`counted`,`per`,`starts_at`),
  KEY `begun` (`per`,`starts_at`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE `channel` (
  `id` int(10) unsigned NOT NULL AUTO_INCREMENT,
  `name` varchar(64) NOT NULL,
  `archived_at` datetime(6) DEFAULT NULL,
  PRIMARY KEY (`id`),
  UNIQUE KEY `name` (`name`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE `click` (
  `id` binary(16) NOT NULL,
  `channel_id` int(10) unsigned NOT NULL,
  `campaign_id` int(10) unsigned NOT NULL,
  `created_at` datetime(6) NOT NULL,
  `cost` decimal(14,4) NOT NULL,
  `currency` char(3) NOT NULL,
  `sub1` varchar(128) NOT NULL,
  `sub2` varchar(128) NOT NULL,
  `sub3` varchar(128) NOT NULL,
  `sub4` varchar(128) NOT NULL,
  `sub5` varchar(128) NOT NULL,
  `gclid` varchar(255) DEFAULT NULL,
  `fbclid` varchar(255) DEFAULT NULL,
  `msclkid` varchar(255) DEFAULT NULL,
  `utm_source` varchar(128) DEFAULT NULL,
  `utm_medium` varchar(128) DEFAULT NULL,
  `utm_campaign` varchar(128) DEFAULT NULL,
  `utm_term` varchar(128) DEFAULT NULL,
  `utm_content` varchar(128) DEFAULT NULL,
  PRIMARY KEY (`id`),
  KEY `channel` (`channel_id`,`id`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin
 PARTITION BY RANGE  COLUMNS(`id`)
(PARTITION `p_rest` VALUES LESS THAN (MAXVALUE) ENGINE = InnoDB);

CREATE TABLE `config_state` (
  `id` tinyint(3) unsigned NOT NULL,
  `version` int(10) unsigned NOT NULL,
  `changes` bigint(20) unsigned NOT NULL,
  `epoch` bigint(20) unsigned NOT NULL DEFAULT 0,
  PRIMARY KEY (`id`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE `config_version` (
  `version` int(10) unsigned NOT NULL,
  `created_at` datetime(6) NOT NULL,
  `author` varchar(120) NOT NULL,
  `document` longtext NOT NULL,
  PRIMARY KEY (`version`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE `contract` (
  `id` int(10) unsigned NOT NULL AUTO_INCREMENT,
  `name` varchar(64) NOT NULL,
  `owner` varchar(64) NOT NULL,
  `archived_at` datetime(6) DEFAULT NULL,
  PRIMARY KEY (`id`),
  UNIQUE KEY `name` (`name`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE `delivery` (
  `sale_id` binary(16) NOT NULL,
  `lead_id` binary(16) NOT NULL,
  `contract_id` int(10) unsigned NOT NULL,
  `seq` tinyint(3) unsigned NOT NULL,
  `state` tinyint(4) NOT NULL,
  `reason` smallint(5) unsigned DEFAULT NULL,
  `reason_text` varchar(255) DEFAULT NULL,
  `created_at` datetime(6) NOT NULL,
  `deadline_at` datetime(6) NOT NULL,
  `ended_at` datetime(6) DEFAULT NULL,
  `ms` int(10) unsigned DEFAULT NULL,
  `http_status` smallint(5) unsigned DEFAULT NULL,
  `exchange` mediumblob DEFAULT NULL,
  `bid` text DEFAULT NULL,
  PRIMARY KEY (`sale_id`),
  KEY `lead` (`lead_id`),
  KEY `open_by_deadline` (`state`,`deadline_at`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE `form` (
  `id` int(10) unsigned NOT NULL AUTO_INCREMENT,
  `name` varchar(64) NOT NULL,
  `archived_at` datetime(6) DEFAULT NULL,
  PRIMARY KEY (`id`),
  UNIQUE KEY `name` (`name`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE `funds_hold` (
  `sale_id` binary(16) NOT NULL,
  `buyer_id` int(10) unsigned NOT NULL,
  `currency` char(3) NOT NULL,
  `amount` decimal(14,4) NOT NULL,
  `ended_at` datetime(6) DEFAULT NULL,
  PRIMARY KEY (`sale_id`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE `idempotency` (
  `owner` varchar(80) NOT NULL,
  `name` varchar(255) NOT NULL,
  `fingerprint` binary(32) NOT NULL,
  `lead_id` binary(16) DEFAULT NULL,
  `status` smallint(5) unsigned DEFAULT NULL,
  `answer` mediumblob DEFAULT NULL,
  `created_at` datetime(6) NOT NULL,
  PRIMARY KEY (`owner`,`name`),
  KEY `age` (`created_at`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE `lead` (
  `id` binary(16) NOT NULL,
  `ping_id` binary(16) NOT NULL,
  `seller_id` int(10) unsigned NOT NULL,
  `campaign_id` int(10) unsigned NOT NULL,
  `version` int(10) unsigned NOT NULL,
  `sandbox` tinyint(4) NOT NULL,
  `state` tinyint(4) NOT NULL,
  `sold_as` tinyint(4) DEFAULT NULL,
  `reason` smallint(5) unsigned DEFAULT NULL,
  `score` tinyint(4) DEFAULT NULL,
  `created_at` datetime(6) NOT NULL,
  `updated_at` datetime(6) NOT NULL,
  `deadline_at` datetime(6) NOT NULL,
  `fingerprint` binary(32) NOT NULL,
  `min_price` decimal(14,4) NOT NULL,
  `max_sales` tinyint(3) unsigned NOT NULL,
  `sub1` varchar(128) NOT NULL,
  `sub2` varchar(128) NOT NULL,
  `click_id` binary(16) DEFAULT NULL,
  `phone_index` binary(32) DEFAULT NULL,
  `email_index` binary(32) DEFAULT NULL,
  `phone_md5_index` binary(32) DEFAULT NULL,
  `phone_sha1_index` binary(32) DEFAULT NULL,
  `email_md5_index` binary(32) DEFAULT NULL,
  `email_sha1_index` binary(32) DEFAULT NULL,
  `lead` mediumtext NOT NULL,
  `source` text NOT NULL,
  `lead_key` varbinary(96) DEFAULT NULL,
  `sealed` mediumblob DEFAULT NULL,
  `decisions` mediumblob DEFAULT NULL,
  `reroute_until` datetime(6) DEFAULT NULL,
  `chosen` varbinary(512) DEFAULT NULL,
  `told` tinyint(4) DEFAULT NULL,
  `channel_id` int(10) unsigned DEFAULT NULL,
  PRIMARY KEY (`id`),
  UNIQUE KEY `ping` (`ping_id`),
  KEY `open_by_deadline` (`state`,`deadline_at`),
  KEY `phone` (`phone_index`,`campaign_id`,`created_at`),
  KEY `email` (`email_index`,`campaign_id`,`created_at`),
  KEY `changed` (`updated_at`,`created_at`),
  KEY `created` (`created_at`),
  KEY `phone_md5` (`phone_md5_index`,`campaign_id`,`created_at`),
  KEY `phone_sha1` (`phone_sha1_index`,`campaign_id`,`created_at`),
  KEY `email_md5` (`email_md5_index`,`campaign_id`,`created_at`),
  KEY `email_sha1` (`email_sha1_index`,`campaign_id`,`created_at`),
  KEY `seller_created` (`seller_id`,`created_at`),
  KEY `campaign_created` (`campaign_id`,`created_at`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE `ledger_account` (
  `id` int(10) unsigned NOT NULL AUTO_INCREMENT,
  `kind` enum('buyer','seller','margin','cash') NOT NULL,
  `owner_id` int(10) unsigned NOT NULL,
  `currency` char(3) NOT NULL,
  `balance` decimal(18,4) NOT NULL DEFAULT 0.0000,
  `held` decimal(18,4) NOT NULL DEFAULT 0.0000,
  PRIMARY KEY (`id`),
  UNIQUE KEY `owner` (`kind`,`owner_id`,`currency`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE `ledger_entry` (
  `id` bigint(20) unsigned NOT NULL AUTO_INCREMENT,
  `attempt_id` binary(16) NOT NULL,
  `account_id` int(10) unsigned NOT NULL,
  `event` enum('sale','return','clawback','deposit','adjustment') NOT NULL,
  `amount` decimal(14,4) NOT NULL,
  `currency` char(3) NOT NULL,
  `created_at` datetime(6) NOT NULL,
  PRIMARY KEY (`id`),
  UNIQUE KEY `once` (`attempt_id`,`account_id`,`event`),
  KEY `account` (`account_id`,`id`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE `oauth_token` (
  `hash` binary(32) NOT NULL,
  `key_id` char(8) NOT NULL,
  `scopes` int(10) unsigned NOT NULL,
  `created_at` datetime(6) NOT NULL,
  `expires_at` datetime(6) NOT NULL,
  `revoked_at` datetime(6) DEFAULT NULL,
  PRIMARY KEY (`hash`),
  KEY `by_key` (`key_id`),
  KEY `age` (`expires_at`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE `outbox` (
  `id` bigint(20) unsigned NOT NULL AUTO_INCREMENT,
  `at` datetime(6) NOT NULL,
  `lead_id` binary(16) DEFAULT NULL,
  `sale_id` binary(16) DEFAULT NULL,
  `sale_state` tinyint(4) DEFAULT NULL,
  `lead_state` tinyint(4) DEFAULT NULL,
  `alert` varchar(32) DEFAULT NULL,
  `data` text DEFAULT NULL,
  PRIMARY KEY (`id`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE `person_lock` (
  `bucket` int(10) unsigned NOT NULL,
  `held` bigint(20) unsigned NOT NULL,
  PRIMARY KEY (`bucket`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE `ping` (
  `id` binary(16) NOT NULL,
  `lead_id` binary(16) NOT NULL,
  `seller_id` int(10) unsigned NOT NULL,
  `campaign_id` int(10) unsigned NOT NULL,
  `version` int(10) unsigned NOT NULL,
  `sandbox` tinyint(4) NOT NULL,
  `status` tinyint(4) NOT NULL,
  `score` tinyint(4) DEFAULT NULL,
  `created_at` datetime(6) NOT NULL,
  `expires_at` datetime(6) NOT NULL,
  `ms` int(10) unsigned NOT NULL,
  `min_price` decimal(14,4) NOT NULL,
  `max_sales` tinyint(3) unsigned NOT NULL,
  `sub1` varchar(128) NOT NULL,
  `sub2` varchar(128) NOT NULL,
  `click_id` binary(16) DEFAULT NULL,
  `lead` mediumtext NOT NULL,
  `source` text NOT NULL,
  `lead_key` varbinary(96) DEFAULT NULL,
  `sealed` mediumblob DEFAULT NULL,
  `bids` mediumtext NOT NULL,
  `decisions` mediumblob NOT NULL,
  PRIMARY KEY (`id`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin
 PARTITION BY RANGE  COLUMNS(`id`)
(PARTITION `p_rest` VALUES LESS THAN (MAXVALUE) ENGINE = InnoDB);

CREATE TABLE `postback` (
  `id` bigint(20) unsigned NOT NULL AUTO_INCREMENT,
  `buyer_id` int(10) unsigned NOT NULL,
  `webhook_id` varchar(255) DEFAULT NULL,
  `event_hash` binary(32) NOT NULL,
  `fingerprint` binary(32) NOT NULL,
  `sale_id` binary(16) NOT NULL,
  `status` varchar(40) NOT NULL,
  `reason` varchar(255) DEFAULT NULL,
  `amount` decimal(14,4) DEFAULT NULL,
  `at` datetime(6) NOT NULL,
  PRIMARY KEY (`id`),
  UNIQUE KEY `event` (`buyer_id`,`event_hash`),
  UNIQUE KEY `webhook` (`buyer_id`,`webhook_id`),
  KEY `sale` (`sale_id`,`id`),
  KEY `at` (`at`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE `return_request` (
  `id` binary(16) NOT NULL,
  `sale_id` binary(16) NOT NULL,
  `lead_id` binary(16) NOT NULL,
  `buyer_id` int(10) unsigned NOT NULL,
  `seller_id` int(10) unsigned NOT NULL,
  `state` tinyint(4) NOT NULL,
  `reason` varchar(255) DEFAULT NULL,
  `requested_at` datetime(6) NOT NULL,
  `decided_at` datetime(6) DEFAULT NULL,
  `decided_by` varchar(80) DEFAULT NULL,
  `note` varchar(255) DEFAULT NULL,
  PRIMARY KEY (`id`),
  UNIQUE KEY `sale` (`sale_id`),
  KEY `state` (`state`,`id`),
  KEY `buyer` (`buyer_id`,`state`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE `sale` (
  `id` binary(16) NOT NULL,
  `lead_id` binary(16) NOT NULL,
  `slot` tinyint(3) unsigned DEFAULT NULL,
  `bid_id` binary(16) NOT NULL,
  `contract_id` int(10) unsigned NOT NULL,
  `buyer_id` int(10) unsigned NOT NULL,
  `seller_id` int(10) unsigned NOT NULL,
  `campaign_id` int(10) unsigned NOT NULL,
  `sandbox` tinyint(4) NOT NULL,
  `kind` tinyint(4) NOT NULL,
  `state` tinyint(4) NOT NULL,
  `cost` decimal(14,4) NOT NULL,
  `price` decimal(14,4) NOT NULL,
  `currency` char(3) NOT NULL,
  `ref` varchar(255) DEFAULT NULL,
  `redirect_url` varchar(2000) DEFAULT NULL,
  `created_at` datetime(6) NOT NULL,
  `updated_at` datetime(6) NOT NULL,
  PRIMARY KEY (`id`),
  UNIQUE KEY `slot` (`lead_id`,`slot`),
  KEY `buyer_ref` (`buyer_id`,`ref`),
  KEY `contract` (`contract_id`,`id`),
  KEY `seller` (`seller_id`,`id`),
  KEY `changed` (`updated_at`,`created_at`),
  KEY `created` (`created_at`),
  KEY `buyer` (`buyer_id`,`id`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE `sale_event` (
  `id` bigint(20) unsigned NOT NULL AUTO_INCREMENT,
  `lead_id` binary(16) NOT NULL,
  `sale_id` binary(16) DEFAULT NULL,
  `at` datetime(6) NOT NULL,
  `kind` varchar(32) NOT NULL,
  `reason` smallint(5) unsigned DEFAULT NULL,
  `detail` varchar(255) DEFAULT NULL,
  `actor` varchar(80) NOT NULL,
  PRIMARY KEY (`id`),
  KEY `lead` (`lead_id`,`id`),
  KEY `sale` (`sale_id`,`id`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE `schema_migration` (
  `version` int(10) unsigned NOT NULL,
  `name` varchar(255) NOT NULL,
  `sha256` binary(32) NOT NULL,
  `started_at` datetime(6) NOT NULL,
  `ended_at` datetime(6) DEFAULT NULL,
  PRIMARY KEY (`version`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE `secret` (
  `buyer` varchar(64) NOT NULL,
  `name` varchar(64) NOT NULL,
  `sealed` varbinary(8192) NOT NULL,
  `updated_at` datetime(6) NOT NULL,
  PRIMARY KEY (`buyer`,`name`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE `seller` (
  `id` int(10) unsigned NOT NULL AUTO_INCREMENT,
  `name` varchar(64) NOT NULL,
  `archived_at` datetime(6) DEFAULT NULL,
  PRIMARY KEY (`id`),
  UNIQUE KEY `name` (`name`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE `session` (
  `token_hash` binary(32) NOT NULL,
  `user_id` int(10) unsigned NOT NULL,
  `csrf` char(43) NOT NULL,
  `created_at` datetime(6) NOT NULL,
  `seen_at` datetime(6) NOT NULL,
  `expires_at` datetime(6) NOT NULL,
  PRIMARY KEY (`token_hash`),
  KEY `user` (`user_id`),
  KEY `age` (`expires_at`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE `signing_secret` (
  `owner_kind` varchar(32) NOT NULL,
  `owner` varchar(64) NOT NULL,
  `sealed` varbinary(512) NOT NULL,
  `previous` varbinary(512) DEFAULT NULL,
  `updated_at` datetime(6) NOT NULL,
  PRIMARY KEY (`owner_kind`,`owner`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE `spend` (
  `channel_id` int(10) unsigned NOT NULL,
  `day` date NOT NULL,
  `amount` decimal(14,4) NOT NULL,
  `currency` char(3) NOT NULL,
  `clicks` int(10) unsigned DEFAULT NULL,
  `updated_at` datetime(6) NOT NULL,
  `actor` varchar(80) NOT NULL,
  `campaign_id` int(10) unsigned DEFAULT NULL,
  PRIMARY KEY (`channel_id`,`day`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE `standing` (
  `kind` tinyint(4) NOT NULL,
  `owner_id` int(10) unsigned NOT NULL,
  `seller_id` int(10) unsigned NOT NULL,
  `sub1` varchar(128) NOT NULL,
  `good` decimal(18,4) NOT NULL,
  `total` decimal(18,4) NOT NULL,
  `counted_at` datetime(6) NOT NULL,
  PRIMARY KEY (`kind`,`owner_id`,`seller_id`,`sub1`),
  KEY `counted` (`counted_at`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE `stat_latency` (
  `span` tinyint(3) unsigned NOT NULL,
  `starts_at` datetime NOT NULL,
  `contract_id` int(10) unsigned NOT NULL,
  `buyer_id` int(10) unsigned NOT NULL,
  `campaign_id` int(10) unsigned NOT NULL,
  `currency` char(3) NOT NULL,
  `buckets` varbinary(4096) NOT NULL,
  PRIMARY KEY (`span`,`starts_at`,`contract_id`,`buyer_id`,`campaign_id`,`currency`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE `stat_mark` (
  `id` tinyint(4) NOT NULL,
  `turn` bigint(20) NOT NULL,
  `pings_to` binary(16) NOT NULL,
  `pings_closed` datetime NOT NULL,
  `clicks_closed` datetime NOT NULL,
  `sales_seen` datetime(6) NOT NULL,
  `sales_swept` datetime(6) NOT NULL,
  PRIMARY KEY (`id`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE `stat_quarter` (
  `grain` tinyint(3) unsigned NOT NULL,
  `span` tinyint(3) unsigned NOT NULL,
  `starts_at` datetime NOT NULL,
  `contract_id` int(10) unsigned NOT NULL,
  `buyer_id` int(10) unsigned NOT NULL,
  `seller_id` int(10) unsigned NOT NULL,
  `campaign_id` int(10) unsigned NOT NULL,
  `channel_id` int(10) unsigned NOT NULL,
  `currency` char(3) NOT NULL,
  `sub1` varchar(128) NOT NULL,
  `sub2` varchar(128) NOT NULL,
  `pings` bigint(20) NOT NULL,
  `filled` bigint(20) NOT NULL,
  `asked` bigint(20) NOT NULL,
  `bids` bigint(20) NOT NULL,
  `bid_sum` bigint(20) NOT NULL,
  `won` bigint(20) NOT NULL,
  `won_sum` bigint(20) NOT NULL,
  `listed` bigint(20) NOT NULL,
  `listed_sum` bigint(20) NOT NULL,
  `offered_sum` bigint(20) NOT NULL,
  `timeouts` bigint(20) NOT NULL,
  `posts` bigint(20) NOT NULL,
  `sold` bigint(20) NOT NULL,
  `recovered` bigint(20) NOT NULL,
  `attempts` bigint(20) NOT NULL,
  `accepted` bigint(20) NOT NULL,
  `returns` bigint(20) NOT NULL,
  `conversions` bigint(20) NOT NULL,
  `revenue` bigint(20) NOT NULL,
  `returned` bigint(20) NOT NULL,
  `payout` bigint(20) NOT NULL,
  `lead_cost` bigint(20) NOT NULL,
  `clicks` bigint(20) NOT NULL,
  `click_cost` bigint(20) NOT NULL,
  PRIMARY KEY (`grain`,`span`,`starts_at`,`contract_id`,`buyer_id`,`seller_id`,`campaign_id`,`channel_id`,`currency`,`sub1`,`sub2`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE `stat_reason` (
  `grain` tinyint(3) unsigned NOT NULL,
  `span` tinyint(3) unsigned NOT NULL,
  `starts_at` datetime NOT NULL,
  `contract_id` int(10) unsigned NOT NULL,
  `buyer_id` int(10) unsigned NOT NULL,
  `seller_id` int(10) unsigned NOT NULL,
  `campaign_id` int(10) unsigned NOT NULL,
  `channel_id` int(10) unsigned NOT NULL,
  `currency` char(3) NOT NULL,
  `sub1` varchar(128) NOT NULL,
  `sub2` varchar(128) NOT NULL,
  `reason` smallint(5) unsigned NOT NULL,
  `pings` bigint(20) NOT NULL,
  `sales` bigint(20) NOT NULL,
  PRIMARY KEY (`grain`,`span`,`starts_at`,`contract_id`,`buyer_id`,`seller_id`,`campaign_id`,`channel_id`,`currency`,`sub1`,`sub2`,`reason`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE `turn` (
  `campaign_id` int(10) unsigned NOT NULL,
  `sandbox` tinyint(4) NOT NULL,
  `contract_id` int(10) unsigned NOT NULL,
  `taken` bigint(20) unsigned NOT NULL,
  PRIMARY KEY (`campaign_id`,`sandbox`,`contract_id`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE `user` (
  `id` int(10) unsigned NOT NULL AUTO_INCREMENT,
  `name` varchar(64) NOT NULL,
  `role` varchar(32) NOT NULL,
  `password_hash` varchar(255) NOT NULL,
  `created_at` datetime(6) NOT NULL,
  `disabled_at` datetime(6) DEFAULT NULL,
  PRIMARY KEY (`id`),
  UNIQUE KEY `name` (`name`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE `webhook_attempt` (
  `delivery_id` binary(16) NOT NULL,
  `n` smallint(5) unsigned NOT NULL,
  `at` datetime(6) NOT NULL,
  `ms` int(10) unsigned NOT NULL,
  `status` smallint(5) unsigned DEFAULT NULL,
  `error` varchar(160) DEFAULT NULL,
  PRIMARY KEY (`delivery_id`,`n`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE `webhook_delivery` (
  `id` binary(16) NOT NULL,
  `endpoint_id` int(10) unsigned NOT NULL,
  `type` varchar(32) NOT NULL,
  `lead_id` binary(16) DEFAULT NULL,
  `sale_id` binary(16) DEFAULT NULL,
  `contract_id` int(10) unsigned DEFAULT NULL,
  `url` varchar(4000) DEFAULT NULL,
  `body` mediumtext NOT NULL,
  `state` tinyint(4) NOT NULL,
  `created_at` datetime(6) NOT NULL,
  `next_at` datetime(6) NOT NULL,
  `lease` binary(16) DEFAULT NULL,
  `step` tinyint(3) unsigned NOT NULL,
  `attempts` smallint(5) unsigned NOT NULL,
  `last_at` datetime(6) DEFAULT NULL,
  `last_status` smallint(5) unsigned DEFAULT NULL,
  `last_error` varchar(160) DEFAULT NULL,
  `done_at` datetime(6) DEFAULT NULL,
  PRIMARY KEY (`id`),
  UNIQUE KEY `once` (`contract_id`,`lead_id`),
  KEY `due` (`endpoint_id`,`state`,`next_at`),
  KEY `done` (`done_at`),
  KEY `lead` (`lead_id`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE `webhook_endpoint` (
  `id` int(10) unsigned NOT NULL AUTO_INCREMENT,
  `kind` tinyint(4) NOT NULL,
  `owner` varchar(64) NOT NULL,
  `failing` int(10) unsigned NOT NULL DEFAULT 0,
  `failed_at` datetime(6) DEFAULT NULL,
  `failed_status` smallint(5) unsigned DEFAULT NULL,
  `disabled_at` datetime(6) DEFAULT NULL,
  `reason` varchar(160) DEFAULT NULL,
  PRIMARY KEY (`id`),
  UNIQUE KEY `owner` (`kind`,`owner`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE `work` (
  `id` binary(16) NOT NULL,
  `kind` tinyint(4) NOT NULL,
  `due_at` datetime(6) NOT NULL,
  `tries` smallint(5) unsigned NOT NULL DEFAULT 0,
  `lease` binary(16) DEFAULT NULL,
  `created_at` datetime(6) NOT NULL,
  PRIMARY KEY (`id`,`kind`),
  KEY `due` (`due_at`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
