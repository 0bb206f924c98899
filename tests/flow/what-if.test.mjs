// gavelctl replay (named so that it runs last, over what all the others pinged): the pings of a period decided again from their records, by the version that decided or under another configuration.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { before, describe, test } from 'node:test';
import { expectStatus, ready, Seller } from './lib/api.mjs';
import { accepted, bid, noBid, rejected, script } from './lib/buyers.mjs';
import * as config from './lib/config.mjs';
import { apply, ctl, newKey, sleep, sql } from './lib/system.mjs';

const only = (value) => [{ field: 'lead.state', op: 'in', value: [value] }];
const campaign = (routing = {}, more = {}) => config.campaign('rp', 'rp', routing, more);
const file = path.join(process.env.GAVEL_TEST_DIR ?? os.tmpdir(), `replay-${process.pid}.json`);
const soon = () => new Date(Date.now() + 60000).toISOString();

function replay(from, to, document) {
	const more = document === undefined ? [] : ['--config', file];

	if (document !== undefined)
		writeFileSync(file, JSON.stringify(config.document(document)));
	return JSON.parse(ctl(['replay', '--from', from, '--to', to, '--json', ...more]).out);
}

const line = (answer, key) => [...answer.campaigns, ...answer.buyers].find((l) => (l.buyer ?? l.campaign) === key && l.campaign === 'rp');
const reason = (answer, code) => answer.reasons.find((r) => r.campaign === 'rp' && r.code === code) ?? { before: 0, after: 0 };
const money = (sums) => [sums.sold, sums.revenue, sums.payout];

describe('replay', () => {
	const buyers = {
		first: config.simpleBuyer('rp-first', 'rp'),
		second: config.simpleBuyer('rp-second', 'rp'),
		none: config.simpleBuyer('rp-none', 'rp'),
		geo: config.simpleBuyer('rp-geo', 'rp', { filters: only('NY') }),
		fixed: config.buyer('rp-fixed', [{ ...config.contract('rp-fixed', 'rp'), price: { type: 'fixed', amount: '3.00' }, ping: undefined }]),
	};
	let acme;
	let from;
	let to;

	before(async () => {
		script('/rp-first/ping', bid(40));
		script('/rp-first/post', rejected('dup lead'));
		script('/rp-second/ping', bid(30));
		script('/rp-second/post', accepted());
		script('/rp-none/ping', noBid());
		script('/rp-geo/ping', bid(99));
		script('/rp-fixed/post', accepted());
		await apply(config.document({ verticals: [config.vertical('rp')], campaigns: [campaign()],
			sellers: [config.seller('rp', ['rp'])], buyers: Object.values(buyers) }));
		acme = new Seller(newKey('rp'));
		await ready(acme);
		await sleep(5);
		from = new Date().toISOString();
		await sleep(5);
		// Two pings that are not posted, three that are, one with somebody's date of birth, one lead in a single call.
		for (let i = 0; i < 5; i++) {
			const lead = config.wholeLead();
			const ping = expectStatus(await acme.ping({ campaign: 'rp', lead: config.lead() }), 200);

			if (i >= 2)
				assert.equal(expectStatus(await acme.sell({ ping_id: ping.ping_id, lead }), 201).sales[0].buyer.id, 'rp-second');
		}
		expectStatus(await acme.ping({ campaign: 'rp', lead: config.lead({ drivers: [{ birth_date: '1980-02-29' }] }) }), 200);
		expectStatus(await acme.lead({ campaign: 'rp', lead: config.wholeLead() }), 201);
		await sleep(5);
		to = new Date().toISOString();
	});

	test('by the versions that decided, everything that was ever pinged here comes out as it did', () => {
		const all = replay('2020-01-01', soon());
		const [[live]] = sql('SELECT COUNT(*) FROM ping WHERE sandbox = 0');

		assert.deepEqual([all.changed, all.no_recorded_bid, all.assumed_sales], [0, 0, 0], JSON.stringify(all.reasons.filter((r) => r.before !== r.after)));
		assert.equal(all.pings + all.unreadable, Number(live), 'each ping once');
		for (const l of [...all.campaigns, ...all.buyers])
			assert.deepEqual(l.after, l.before, `${l.campaign} ${l.buyer ?? ''}`);
		for (const r of all.reasons)
			assert.equal(r.after, r.before, `${r.campaign} ${r.code}`);

		const [[sold, revenue]] = sql('SELECT COUNT(*), CAST(SUM(cost) AS CHAR) FROM sale WHERE sandbox = 0 AND state IN (3, 6)');
		const sum = all.campaigns.reduce((n, l) => n + Number(l.before.revenue), 0);

		assert.equal(all.campaigns.reduce((n, l) => n + l.before.sold, 0), Number(sold), 'each sale once');
		assert.ok(Math.abs(sum - Number(revenue)) < 0.01, `${sum} of ${revenue}`);
	});

	test('the period\'s own figures', () => {
		const answer = replay(from, to);

		assert.deepEqual([answer.pings, answer.changed, answer.unreadable], [7, 0, 0]);
		assert.deepEqual(line(answer, 'rp').before, { pings: 7, matched: 7, offered: 7, offered_cost: '280.00', sold: 4, revenue: '120.00', payout: '96.00', margin: '24.00' });
		assert.deepEqual(money(line(answer, 'rp-second').before), [4, '120.00', '96.00']);
		assert.deepEqual(reason(answer, 'offered'), { campaign: 'rp', code: 'offered', before: 7, after: 7 });
		assert.deepEqual(reason(answer, 'outbid'), { campaign: 'rp', code: 'outbid', before: 14, after: 14 });
		assert.equal(replay(to, soon()).pings, 0);
	});

	// [what is applied, pings that change, what is sold after, of which assumed, no recorded bids, codes after]
	const cases = [
		['the same again', { campaigns: [campaign()] }, 0, [4, '120.00', '96.00'], 0, 0, { offered: 7, outbid: 14 }],
		['a higher share for sellers', { campaigns: [campaign({}, { payout: { type: 'revshare', percent: '90' } })] }, 7, [4, '120.00', '108.00'], 0, 0, { offered: 7 }],
		['a reserve that only one reaches', { campaigns: [campaign({ reserve_price: '35.00' })] }, 7, [0, '0.00', '0.00'], 0, 0, { offered: 7, below_reserve: 14 }],
		['the highest bidder is paused', { buyers: [{ ...buyers.first, status: 'paused' }] }, 7, [4, '120.00', '96.00'], 0, 0,
			{ offered: 7, buyer_paused: 7, outbid: 7 }],
		['the buyer who took them is paused', { buyers: [{ ...buyers.second, status: 'paused' }] }, 7, [4, '12.00', '9.60'], 4, 0,
			{ offered: 7, buyer_paused: 7 }],
		['a filter falls', { buyers: [config.simpleBuyer('rp-geo', 'rp')] }, 7, [4, '120.00', '96.00'], 0, 7, { no_recorded_bid: 7, filter_geo: 0 }],
		['a new buyer', { buyers: [config.simpleBuyer('rp-new', 'rp')] }, 7, [4, '120.00', '96.00'], 0, 7, { no_recorded_bid: 7, filter_geo: 7 }],
		['a filter on what was sealed', { buyers: [config.simpleBuyer('rp-second', 'rp', { filters: [{ field: 'lead.drivers.0.birth_date', op: 'exists', value: true }] })] },
			6, [4, '12.00', '9.60'], 4, 0, { filter_field: 6 }],
		['another strategy', { campaigns: [campaign({ strategy: 'priority' })],
			buyers: [config.buyer('rp-fixed', [{ ...buyers.fixed.contracts[0], priority: 1 }])] }, 7, [4, '12.00', '9.60'], 4, 0, { offered: 7 }],
		['a fixed price changes', { buyers: [config.buyer('rp-fixed', [{ ...buyers.fixed.contracts[0], price: { type: 'fixed', amount: '35.00' } }])] },
			7, [4, '140.00', '112.00'], 4, 0, { outbid: 14 }],
		['the campaign is closed', { campaigns: [campaign({}, { status: 'paused' })] }, 7, [0, '0.00', '0.00'], 0, 0, { offered: 0 }],
	];

	for (const [name, document, changed, sold, assumed, unrecorded, codes] of cases)
		test(`under another configuration: ${name}`, () => {
			const answer = replay(from, to, document);

			assert.deepEqual([answer.pings, answer.changed, answer.assumed_sales, answer.no_recorded_bid], [7, changed, assumed, unrecorded]);
			assert.deepEqual(money(line(answer, 'rp').before), [4, '120.00', '96.00']);
			assert.deepEqual(money(line(answer, 'rp').after), sold);
			for (const [code, n] of Object.entries(codes))
				assert.equal(reason(answer, code).after, n, code);
		});

	test('nothing is written by it', () => {
		const state = () => sql('SELECT (SELECT version FROM config_state), (SELECT COUNT(*) FROM ping), (SELECT COUNT(*) FROM sale), (SELECT COUNT(*) FROM contract)');
		const was = state();

		replay(from, to, { buyers: [config.simpleBuyer('rp-new', 'rp')] });
		assert.deepEqual(state(), was);
	});

	test('as a table, and what is refused', () => {
		const { out } = ctl(['replay', '--from', from, '--to', to]);

		assert.match(out, /^7 pings replayed, of which 0 come out otherwise$/m);
		assert.match(out, /^rp +\(all\) +7 +7 +4 +4 +120\.00 +120\.00 +0\.00 +96\.00 +96\.00 +USD$/m);
		assert.match(out, /^rp +filter_geo +7 +7 +\+0 +outside the contract's geography$/m);
		ctl(['replay'], { status: 2 });
		ctl(['replay', '--from', 'yesterday', '--to', to], { status: 2 });
		assert.match(ctl(['replay', '--from', to, '--to', from], { status: 1 }).err, /before/);
		writeFileSync(file, '{"gavel":1,"campaigns":[{"key":"rp","vertical":"nope"}]}');
		assert.match(ctl(['replay', '--from', from, '--to', to, '--config', file], { status: 1 }).err, /fault: #\/campaigns\/0\/vertical: unknown_reference/);
	});
});
