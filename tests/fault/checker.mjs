// The invariants, looked at when everything has come to rest: from the rows, what the buyers wrote down, and what the seller was told.
import assert from 'node:assert/strict';
import { auditMoney } from '../flow/lib/money.mjs';
import { sql } from '../flow/lib/system.mjs';
import { hex } from '../flow/lib/verdicts.mjs';

const SALE = ['', 'posting', 'pending', 'accepted', 'rejected', 'returned', 'converted'];
const LEAD = ['', 'posting', 'sold', 'unsold', 'pending', 'rejected'];
const none = (list, what) => assert.deepEqual(list.slice(0, 5), [], `${what}: ${list.length}`);

// bought: { lead, sale, buyer, took } in order, the last line of a sale counts; told: { key, lead, status, sales }.
export function check(seller, bought, told) {
	const mine = `seller_id = (SELECT id FROM seller WHERE name = '${seller}')`;
	const sales = sql(`SELECT LOWER(HEX(id)), LOWER(HEX(lead_id)), state, kind FROM sale WHERE ${mine}`)
		.map(([id, lead, state, kind]) => ({ id, lead, state: SALE[state], exclusive: kind === '0' }));
	const leads = new Map(sql(`SELECT LOWER(HEX(id)), state FROM \`lead\` WHERE ${mine}`).map(([id, state]) => [id, LEAD[state]]));
	const byId = new Map(sales.map((s) => [s.id, s]));
	const last = new Map(bought.map((b) => [hex(b.sale), { ...b, lead: hex(b.lead) }]));
	const keeps = [...last].filter(([, b]) => b.took);
	const live = new Map();

	for (const s of sales.filter((x) => x.exclusive && x.state !== 'rejected'))
		live.set(s.lead, [...live.get(s.lead) ?? [], s.state]);
	none([...live].filter(([, states]) => states.length > 1), 'I1: an exclusive lead is sold or held at most once');
	none(keeps.filter(([id]) => !['accepted', 'pending'].includes(byId.get(id)?.state)).map(([id, b]) => [b, byId.get(id)?.state ?? 'no sale']),
		'I2: what a buyer accepted is its sale, or held for it');
	none([...keeps.reduce((m, [, b]) => m.set(b.lead, (m.get(b.lead) ?? 0) + 1), new Map())].filter(([, n]) => n > 1),
		'I2: no two buyers have accepted one lead');
	none(sales.filter((s) => s.state === 'accepted' && !last.get(s.id)?.took), 'what is sold is accepted by its buyer');
	auditMoney();
	assert.equal(leads.size, new Set(told.map((t) => t.key)).size, 'I5: one lead for each idempotency key');
	none(told.filter((t) => new Set(told.filter((o) => o.key === t.key).map((o) => o.lead)).size > 1), 'I5: and each key has one answer');
	none(told.filter((t) => t.status === 'unsold' && leads.get(hex(t.lead)) !== 'unsold').map((t) => [t, leads.get(hex(t.lead))]),
		'I6: unsold is unsold');
	none(told.filter((t) => t.status === 'sold').flatMap((t) => t.sales.filter((s) => s.status === 'accepted'))
		.filter((s) => { const now = byId.get(hex(s.sale_id))?.state; return now !== 'accepted' && !(now === 'rejected' && last.get(hex(s.sale_id))?.took === false); }),
	'I6: what was told as sold is sold, or was rejected by its buyer later');
	none([...leads].filter(([, state]) => state === 'posting'), 'I8: no lead is left in a dead worker\'s hands');
	none(sales.filter((s) => s.state === 'posting'), 'I8: nor a sale');
	return { leads, sales };
}
