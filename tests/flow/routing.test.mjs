// In which order bids are sold: strategies, draws and turns; one buyer or several, and what a reject leaves.
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { expectStatus, ready, Seller } from './lib/api.mjs';
import { accepted, bid, callsTo, noBid, rejected, script } from './lib/buyers.mjs';
import * as config from './lib/config.mjs';
import { apply, env, newKey, sql } from './lib/system.mjs';

const counts = (answer) => Object.fromEntries(answer.reasons.map((r) => [r.code, r.count]));
const buyers = (answer) => answer.bids.map((b) => b.buyer.id);
const sold = (post) => post.sales.map((s) => [s.buyer.id, s.sale, s.status]);

// The sixteen bytes of an id, as hex.
const binary = (id) => [...id.slice(4)].reduce((n, c) => n * 32n + BigInt('0123456789ABCDEFGHJKMNPQRSTVWXYZ'.indexOf(c)), 0n)
	.toString(16).padStart(32, '0').slice(-32);

// Buyers named after the campaign, each with a price, more of its contract and what it does at the post.
function market(key, list, routing) {
	const contracts = list.map(([name, price, more = {}, post = accepted()]) => {
		script(`/${key}-${name}/ping`, price === null ? noBid() : bid(price));
		script(`/${key}-${name}/post`, post);
		return config.simpleBuyer(`${key}-${name}`, key, more);
	});

	return { campaign: config.campaign(key, 'rt', routing), buyers: contracts };
}

const shared = { sale: 'shared' };
const hybrid = { sale: 'hybrid' };
const markets = [
	market('rt-priority', [['a', 9, { priority: 30 }], ['b', 5, { priority: 10 }], ['c', 7, { priority: 10 }], ['d', 40, {}]], { strategy: 'priority' }),
	market('rt-weighted', [['a', 5, { weight: 300 }], ['b', 50, { weight: 100 }], ['c', 60, { weight: 0 }]], { strategy: 'weighted' }),
	market('rt-turns', [['a', 5], ['b', 50], ['c', 20], ['d', 10], ['e', null], ['f', '0.90']], { strategy: 'round_robin' }),
	market('rt-rush', [['a', 5], ['b', 50], ['c', 20], ['d', 10]], { strategy: 'round_robin' }),
	market('rt-shared', [['x', 14], ['a', 8, shared], ['b', 7, shared], ['c', 6, shared]], { max_sales: 2 }),
	market('rt-left', [['x', 14], ['a', 8, shared, rejected('no')], ['b', 7, shared], ['c', 6, shared]], { max_sales: 2 }),
	market('rt-next', [['x', 2], ['a', 8, shared], ['b', 7, shared, rejected('no')], ['c', 6, shared], ['d', 5, shared]], { max_sales: 2 }),
	market('rt-held', [['a', 8, shared, { stall: true }], ['b', 7, shared], ['c', 6, shared]], { max_sales: 2, post_timeout_ms: 300 }),
	market('rt-many', Array.from({ length: 8 }, (_, i) => [`n${i}`, 20 - i, shared]), { max_sales: 6, reroute: { max_attempts: 2 } }),
	market('rt-alone', [['s', 9, shared], ['h', 5, hybrid]], { max_sales: 3 }),
	market('rt-hybrid', [['h', 9, hybrid, rejected('no')], ['i', 8, hybrid]], { max_sales: 3 }),
	market('rt-tiers', [['s', 30, shared], ['x', 3, { tier: 2 }]], { max_sales: 3 }),
	market('rt-solo', [['s', 30, shared], ['x', 3]], { max_sales: 3 }),
];

describe('routing', () => {
	let acme;
	let operator;

	before(async () => {
		await apply(config.document({ verticals: [config.vertical('rt')], campaigns: markets.map((m) => m.campaign),
			sellers: [config.seller('rt', markets.map((m) => m.campaign.key))], buyers: markets.flatMap((m) => m.buyers) }));
		acme = new Seller(newKey('rt'));
		operator = new Seller(env.GAVEL_ADMIN_KEY);
		await ready(acme);
	});

	const ping = async (campaign, more = {}) => expectStatus(await acme.ping({ campaign, lead: config.lead(), ...more }), 200);
	const lead = async (campaign, more = {}) => expectStatus(await acme.lead({ campaign, lead: config.wholeLead(), ...more }), 201);
	/* The slots that a lead's sales hold. */
	const slots = (post) => sql(`SELECT slot FROM sale WHERE slot IS NOT NULL AND lead_id = 0x${binary(post.lead_id)} ORDER BY slot`).flat();
	const names = (list, campaign) => list.map((key) => key.slice(campaign.length + 1)).join('');

	test('priority: the lowest number first, then the higher bid; all are asked at once', async () => {
		const answer = await ping('rt-priority');

		assert.equal(names(buyers(answer), 'rt-priority'), 'cbad');
		assert.deepEqual(counts(answer), { outbid: 3 });
		assert.deepEqual((await lead('rt-priority')).sales.map((s) => [s.buyer.id, s.price]), [['rt-priority-c', '5.60']]);
	});

	test('weighted: first in proportion to the weights, whatever the price; a weight of 0 comes last', async () => {
		const firsts = { a: 0, b: 0, c: 0 };

		for (let i = 0; i < 30; i++)
			for (const answer of await Promise.all(Array.from({ length: 10 }, () => ping('rt-weighted')))) {
				firsts[names(buyers(answer), 'rt-weighted')[0]]++;
				assert.equal(names(buyers(answer), 'rt-weighted')[2], 'c');
			}
		/* 300 draws at 3 to 1: six standard deviations on either side of 225. */
		assert.ok(firsts.a > 180 && firsts.a < 270, JSON.stringify(firsts));
	});

	test('round_robin: in sequence nobody waits longer than there are bidders, and each turn is one', async () => {
		const firsts = [];

		for (let i = 0; i < 24; i++)
			firsts.push(names(buyers(await ping('rt-turns')), 'rt-turns')[0]);
		for (let i = 0; i + 4 <= firsts.length; i++)
			assert.equal(new Set(firsts.slice(i, i + 4)).size, 4, firsts.join(''));
		assert.equal(firsts.includes('e') || firsts.includes('f'), false);
	});

	test('round_robin: forty at once give each of four ten turns', async () => {
		const firsts = {};

		for (const answer of await Promise.all(Array.from({ length: 40 }, () => ping('rt-rush')))) {
			const first = names(buyers(answer), 'rt-rush')[0];

			firsts[first] = (firsts[first] ?? 0) + 1;
		}
		assert.deepEqual(firsts, { a: 10, b: 10, c: 10, d: 10 });
	});

	test('the best sum of shared bids against the best exclusive one: the larger sells', async () => {
		const two = await ping('rt-shared');
		const one = await ping('rt-shared', { max_sales: 1 });

		assert.deepEqual(two.bids.map((b) => [b.buyer.id, b.sale, b.rank]), [['rt-shared-a', 'shared', 1], ['rt-shared-b', 'shared', 2],
			['rt-shared-c', 'shared', 3]]);
		assert.deepEqual(counts(two), { not_chosen: 1, outbid: 1 });
		assert.deepEqual(one.bids.map((b) => [b.buyer.id, b.sale]), [['rt-shared-x', 'exclusive']]);
		assert.deepEqual(counts(one), { shared_alone: 3 });
		assert.equal((await ping('rt-shared', { max_sales: 9 })).reasons.find((r) => r.code === 'outbid').count, 1, 'the campaign bounds the request');
	});

	test('a shared sale goes to each of its buyers, in slots of its own', async () => {
		const post = await lead('rt-shared');

		assert.equal(post.status, 'sold');
		assert.deepEqual(sold(post), [['rt-shared-a', 'shared', 'accepted'], ['rt-shared-b', 'shared', 'accepted']]);
		assert.equal(post.payout, '12.00');
		assert.deepEqual(slots(post), ['1', '2']);
		assert.equal(callsTo('/rt-shared-c/post').length, 0);
	});

	test('a reject goes to the next that shares', async () => {
		const post = await lead('rt-next');

		assert.deepEqual(sold(post), [['rt-next-a', 'shared', 'accepted'], ['rt-next-c', 'shared', 'accepted'], ['rt-next-b', 'shared', 'rejected']]);
		assert.equal(post.payout, '11.20');
		assert.deepEqual(slots(post), ['1', '2']);
	});

	test('what a reject leaves is weighed anew: the exclusive bid is now worth more', async () => {
		const offered = await ping('rt-left');
		const post = expectStatus(await acme.sell({ ping_id: offered.ping_id, lead: config.wholeLead() }), 201);

		assert.deepEqual(offered.bids.map((b) => [b.buyer.id, b.sale]), [['rt-left-a', 'shared'], ['rt-left-b', 'shared'], ['rt-left-c', 'shared']]);
		assert.deepEqual(sold(post), [['rt-left-x', 'exclusive', 'accepted'], ['rt-left-a', 'shared', 'rejected']]);
		assert.equal(post.payout, '11.20');
		assert.deepEqual(slots(post), ['1']);
		assert.equal(callsTo('/rt-left-b/post').length, 0);
		assert.deepEqual(sold(await lead('rt-left')).map(([buyer]) => buyer), ['rt-left-x', 'rt-left-a'], 'the same in one call');
	});

	test('an unknown outcome holds its slot; the other slot is sold', async () => {
		const post = await lead('rt-held');

		assert.equal(post.status, 'pending');
		assert.deepEqual(sold(post), [['rt-held-a', 'shared', 'pending'], ['rt-held-b', 'shared', 'accepted']]);
		assert.equal(callsTo('/rt-held-c/post').length, 0);
		assert.equal(post.payout, '5.60');
	});

	test('a lead that six share takes six posts, whatever the limit on attempts after rejects', async () => {
		const post = await lead('rt-many');

		assert.deepEqual(sold(post).map(([buyer]) => names([buyer], 'rt-many')), ['n0', 'n1', 'n2', 'n3', 'n4', 'n5']);
		assert.ok(post.sales.every((s) => s.status === 'accepted'));
		assert.deepEqual(slots(post), ['1', '2', '3', '4', '5', '6']);
	});

	test('hybrid: with others, or alone where nobody else takes it; shared alone is not sold', async () => {
		assert.deepEqual((await ping('rt-alone')).bids.map((b) => [b.buyer.id, b.sale]), [['rt-alone-s', 'shared'], ['rt-alone-h', 'shared']]);
		const single = await ping('rt-alone', { max_sales: 1 });

		assert.deepEqual(single.bids.map((b) => [b.buyer.id, b.sale]), [['rt-alone-h', 'exclusive']]);
		assert.deepEqual(counts(single), { shared_alone: 1 });
		assert.deepEqual(sold(await lead('rt-hybrid')), [['rt-hybrid-i', 'exclusive', 'accepted'], ['rt-hybrid-h', 'shared', 'rejected']]);
		const solo = await ping('rt-solo');

		assert.deepEqual(solo.bids.map((b) => [b.buyer.id, b.sale]), [['rt-solo-x', 'exclusive']]);
		assert.deepEqual(counts(solo), { shared_alone: 1 });
	});

	test('a tier whose only bid finds no company leaves the next tier alone in the answer', async () => {
		const answer = await ping('rt-tiers');

		assert.deepEqual(answer.bids.map((b) => [b.rank, b.buyer.id]), [[1, 'rt-tiers-x']]);
		assert.deepEqual(counts(answer), { shared_alone: 1 });
		assert.deepEqual(sold(await lead('rt-tiers')), [['rt-tiers-x', 'exclusive', 'accepted']]);
	});

	test('bid_ids choose who shares, in their order', async () => {
		const offered = await ping('rt-shared');
		const post = expectStatus(await acme.sell({ ping_id: offered.ping_id, lead: config.wholeLead(),
			bid_ids: [offered.bids[2].bid_id, offered.bids[0].bid_id, offered.bids[1].bid_id] }), 201);

		assert.deepEqual(sold(post), [['rt-shared-c', 'shared', 'accepted'], ['rt-shared-a', 'shared', 'accepted']]);
	});

	test('sixteen posts of one shared ping at once sell each slot once', async () => {
		const body = config.wholeLead();
		const offered = await ping('rt-shared');
		const calls = () => ['a', 'b', 'c', 'x'].map((name) => callsTo(`/rt-shared-${name}/post`).length);
		const was = calls();
		const answers = await Promise.all(Array.from({ length: 16 }, (_, i) => acme.sell({ ping_id: offered.ping_id, lead: { ...body, note: `copy ${i}` } })));
		const created = answers.filter((a) => a.status === 201);

		assert.equal(created.length, 1, answers.map((a) => a.status).join(' '));
		assert.deepEqual(calls().map((n, i) => n - was[i]), [1, 1, 0, 0]);
		assert.deepEqual(slots(created[0].json), ['1', '2']);
	});

	test('the explanation names each contract once, the bids that were not chosen too', async () => {
		const post = await lead('rt-left');
		const why = expectStatus(await operator.get(`/v1/leads/${post.lead_id}/explain`), 200);

		assert.deepEqual(Object.fromEntries(why.contracts.map((c) => [names([c.contract], 'rt-left'), c.code])),
			{ x: 'accepted', a: 'rejected_other', b: 'offered', c: 'outbid' });
	});
});
