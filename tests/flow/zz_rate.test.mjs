import { before, describe, test } from 'node:test';
import { expectStatus, ready, Seller } from './lib/api.mjs';
import { accepted, base, bid, callsTo, script } from './lib/buyers.mjs';
import * as config from './lib/config.mjs';
import { apply, eventually, newKey, sql } from './lib/system.mjs';
test('rate', async () => {
	script('/zr/ping', bid(20)); script('/zr/post', accepted());
	for (let i = 0; i < 10; i++) script(`/zr-${i}`, { status: 200 });
	await apply(config.document({ verticals: [config.vertical('zr')], campaigns: [config.campaign('zr', 'zr')],
		sellers: Array.from({ length: 10 }, (_, i) => config.seller(`zr-${i}`, ['zr'], { webhook: { url: `${base}/zr-${i}`, events: ['lead.sold'] } })), buyers: [config.simpleBuyer('zr', 'zr')] }));
	const sellers = Array.from({ length: 10 }, (_, i) => new Seller(newKey(`zr-${i}`)));
	await ready(...sellers);
	await sellers[0].lead({ campaign: 'zr', lead: config.wholeLead() });
	await eventually(() => { if (callsTo('/zr-0').length < 1) throw new Error('x'); }, 20000);
	const n = 5000;
	sql(`INSERT INTO outbox (at, lead_id, lead_state, data) SELECT UTC_TIMESTAMP(6), l.id, 2, '' FROM \`lead\` l JOIN seq_1_to_${n} s LIMIT ${n}`);
	const from = Date.now();
	await eventually(() => { if (callsTo('/zr-0').length < n + 1) throw new Error(String(callsTo('/zr-0').length)); }, 120000);
	const ms = Date.now() - from;
	console.log(`one endpoint: ${n} events in ${ms} ms: ${Math.round(n / ms * 1000)}/s`);
	for (let i = 1; i < 10; i++) await sellers[i].lead({ campaign: 'zr', lead: config.wholeLead() });
	await eventually(() => { for (let i = 1; i < 10; i++) if (callsTo(`/zr-${i}`).length < 1) throw new Error('x'); }, 20000);
	sql(`INSERT INTO outbox (at, lead_id, lead_state, data) SELECT UTC_TIMESTAMP(6), l.id, 2, '' FROM \`lead\` l JOIN seq_1_to_500 s`);
	const from2 = Date.now();
	await eventually(() => { let t = 0; for (let i = 0; i < 10; i++) t += callsTo(`/zr-${i}`).length; if (t < n + 10 + 5000) throw new Error(String(t)); }, 120000);
	const ms2 = Date.now() - from2;
	console.log(`ten endpoints: 5000 events in ${ms2} ms: ${Math.round(5000 / ms2 * 1000)}/s`);
});
