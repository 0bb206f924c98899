-- Roll-ups get a third grain: rows of a campaign and a contract alone, so that a report by day and buyer reads one row for each contract and
-- day, however many sellers and channels there are. by_sub becomes grain: 0 keeps seller and channel apart, 1 also both sub-sources, 2
-- neither. A runner of the older program stops at the renamed column instead of counting without the third grain.
ALTER TABLE stat_quarter CHANGE COLUMN IF EXISTS by_sub grain TINYINT UNSIGNED NOT NULL;

ALTER TABLE stat_reason CHANGE COLUMN IF EXISTS by_sub grain TINYINT UNSIGNED NOT NULL;

-- What was counted by now, once: a second run finds the rows there.
INSERT IGNORE INTO stat_quarter SELECT 2, span, starts_at, contract_id, buyer_id, 0, campaign_id, 0, currency, '', '',
	SUM(pings), SUM(filled), SUM(asked), SUM(bids), SUM(bid_sum), SUM(won), SUM(won_sum), SUM(listed), SUM(listed_sum), SUM(offered_sum),
	SUM(timeouts), SUM(posts), SUM(sold), SUM(recovered), SUM(attempts), SUM(accepted), SUM(returns), SUM(conversions), SUM(revenue),
	SUM(returned), SUM(payout), SUM(lead_cost), SUM(clicks), SUM(click_cost)
	FROM stat_quarter WHERE grain = 0 GROUP BY span, starts_at, contract_id, buyer_id, campaign_id, currency;

INSERT IGNORE INTO stat_reason SELECT 2, span, starts_at, contract_id, buyer_id, 0, campaign_id, 0, currency, '', '', reason,
	SUM(pings), SUM(sales) FROM stat_reason WHERE grain = 0 GROUP BY span, starts_at, contract_id, buyer_id, campaign_id, currency, reason;
