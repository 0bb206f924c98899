// What must be true of money at any moment when nothing is under way, asked of the rows themselves.
import assert from 'node:assert/strict';
import { sql } from './system.mjs';

const none = (rows, what) => assert.deepEqual(rows, [], what);

// Every rule gives the rows that break it.
export function auditMoney() {
	none(sql('SELECT HEX(attempt_id), event, SUM(amount) FROM ledger_entry GROUP BY attempt_id, event HAVING SUM(amount) <> 0'),
		'each event of an attempt sums to zero');
	none(sql('SELECT SUM(amount) FROM ledger_entry HAVING SUM(amount) <> 0'), 'the ledger sums to zero');
	none(sql(`SELECT a.id, a.balance, SUM(e.amount) FROM ledger_account a LEFT JOIN ledger_entry e ON e.account_id = a.id
		GROUP BY a.id HAVING a.balance <> COALESCE(SUM(e.amount), 0)`), 'a balance is the sum of its entries');
	none(sql(`SELECT a.id, a.held FROM ledger_account a LEFT JOIN (SELECT buyer_id, currency, SUM(amount) AS held FROM funds_hold
		WHERE ended_at IS NULL GROUP BY buyer_id, currency) h ON a.kind = 'buyer' AND h.buyer_id = a.owner_id AND h.currency = a.currency
		WHERE a.held <> COALESCE(h.held, 0)`), 'what is held of an account is what its sales hold');
	none(sql(`SELECT w.owner_kind, w.owner_id, w.counted, w.per, w.leads, w.spend, COALESCE(h.leads, 0), COALESCE(h.spend, 0) FROM cap_window w
		LEFT JOIN (SELECT owner_kind, owner_id, seller_id, counted, per, starts_at, COUNT(*) AS leads, SUM(spend) AS spend FROM cap_hold
			WHERE given_at IS NULL GROUP BY owner_kind, owner_id, seller_id, counted, per, starts_at) h
		USING (owner_kind, owner_id, seller_id, counted, per, starts_at)
		WHERE w.leads <> COALESCE(h.leads, 0) OR w.spend <> COALESCE(h.spend, 0)`), 'a window counts what its sales hold');
	// Sale states: 1 posting, 2 pending, 3 accepted, 4 rejected, 5 returned, 6 converted.
	none(sql(`SELECT HEX(s.id), s.state FROM sale s LEFT JOIN (SELECT attempt_id, SUM(event = 'sale') AS sold, SUM(event = 'return') AS back
			FROM ledger_entry GROUP BY attempt_id) e ON e.attempt_id = s.id
		WHERE s.sandbox = 0 AND s.state <> 5 AND (s.state IN (3, 6)) <> (COALESCE(e.sold, 0) > COALESCE(e.back, 0))`), 'a sale is charged while it is one');
	none(sql(`SELECT HEX(h.sale_id), s.state FROM cap_hold h JOIN sale s ON s.id = h.sale_id
		WHERE h.counted = 1 AND (s.state = 4) <> (h.given_at IS NOT NULL)`), 'a cap on sales is held by all but the rejected');
	none(sql(`SELECT HEX(h.sale_id), s.state FROM funds_hold h JOIN sale s ON s.id = h.sale_id
		WHERE (s.state IN (1, 2)) <> (h.ended_at IS NULL)`), 'funds are held while the outcome is open');
	none(sql('SELECT HEX(h.sale_id) FROM cap_hold h JOIN sale s ON s.id = h.sale_id WHERE s.sandbox = 1'), 'the sandbox takes no caps');
}

// What is counted in all windows of a contract, a buyer or a seller.
export function capOf(table, key, counted = 'sold') {
	const [row] = sql(`SELECT COALESCE(SUM(w.leads), 0), COALESCE(SUM(w.spend), 0) FROM cap_window w JOIN ${table} n ON n.id = w.owner_id
		WHERE w.owner_kind = ${{ contract: 1, buyer: 2, seller: 3 }[table]} AND n.name = '${key}' AND w.counted = ${counted === 'sold' ? 1 : 0}`);

	return { leads: Number(row[0]), spend: Number(row[1]) };
}
