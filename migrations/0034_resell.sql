-- What it takes to sell a lead again, or to ask again about an attempt, without the request that began it.
-- reroute_until: how long a buyer's later reject has the lead sold to the next. chosen: the bids that the seller named, 16 bytes each: nobody
-- else may get it. delivery.bid: the bid as the attempt rendered it, kept where the attempt may be sent or asked for again.
ALTER TABLE `lead` ADD COLUMN IF NOT EXISTS reroute_until DATETIME(6) NULL;
ALTER TABLE `lead` ADD COLUMN IF NOT EXISTS chosen VARBINARY(512) NULL;
ALTER TABLE delivery ADD COLUMN IF NOT EXISTS bid TEXT NULL;
