// A lead that its buyer gives back by postback is sold to the next, away from the postback, within the campaign's limits.
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { expectStatus, ready, Seller } from './lib/api.mjs';
import { accepted, bid, callsTo, noBid, rejected, script } from './lib/buyers.mjs';
import * as config from './lib/config.mjs';
import { apply, eventually, newKey, sleep, sql } from './lib/system.mjs';
import { hex, ledgerOf, say } from './lib/verdicts.mjs';

// Three buyers of a campaign, bidding 30, 20 and 10; KEY-1 accepts, then tells its verdicts by postback.
function trio(key, { second = accepted(), third = accepted(), routing = {}, ping = {} } = {}) {
	[30, 20, 10].forEach((price, i) => script(`/${key}-${i + 1}/ping`, ping[i + 1] ?? bid(price)));
	script(`/${key}-1/post`, accepted());
	script(`/${key}-2/post`, second);
	script(`/${key}-3/post`, third);
	return { campaign: config.campaign(key, 'rr', routing), buyers: [1, 2, 3].map((i) => config.simpleBuyer(`${key}-${i}`, key)) };
}

const trios = {
	next: trio('rr-next'),
	third: trio('rr-third', { second: rejected() }),
	nobody: trio('rr-nobody', { second: rejected(), third: rejected() }),
	unknown: trio('rr-unknown', { second: { reset: true } }),
	late: trio('rr-late', { routing: { reroute: { max_attempts: 4, window_s: 1 } } }),
	once: trio('rr-once', { routing: { reroute: { max_attempts: 1, window_s: 900 } } }),
	// Its second buyer bids when it is asked again only; the third's bid is too old by then.
	again: trio('rr-again', { routing: { bid_ttl_s: 1 }, ping: { 2: (call, n) => (n === 1 ? noBid() : bid(25)), 3: (call, n) => (n === 1 ? bid(10) : noBid()) } }),
	chosen: trio('rr-chosen'),
	// Says no by postback, and only then in its reply.
	early: trio('rr-early', { routing: { post_timeout_ms: 4000 } }),
	slow: trio('rr-slow', { second: { ...accepted(), delay: 800 } }),
};

describe('reroute', () => {
	let acme;

	before(async () => {
		const all = Object.values(trios);

		await apply(config.document({ verticals: [config.vertical('rr')], campaigns: all.map((t) => t.campaign),
			sellers: [config.seller('rr', all.map((t) => t.campaign.key))], buyers: all.flatMap((t) => t.buyers) }));
		acme = new Seller(newKey('rr'));
		await ready(acme);
	});

	test('a reject by postback that is faster than the reply: the post goes on by itself, and what it answers stands', async () => {
		script('/rr-early-1/post', (call) => {
			say('rr-early-1', { sale_id: call.json.sale_id, status: 'rejected' });
			return { ...rejected(), delay: 1200 };
		});
		const post = expectStatus(await acme.lead({ campaign: 'rr-early', lead: config.wholeLead() }), 201);

		assert.deepEqual([post.status, post.sales.map((s) => [s.buyer.id, s.status])],
			['sold', [['rr-early-2', 'accepted'], ['rr-early-1', 'rejected']]]);
		assert.deepEqual(sql(`SELECT l.state, (SELECT COUNT(*) FROM work w WHERE w.id = l.id) FROM \`lead\` l WHERE l.id = X'${hex(post.lead_id)}'`),
			[['2', '0']], 'sold, and nothing is left to do');
	});

	const seen = async (lead) => expectStatus(await acme.get(`/v1/leads/${lead}`), 200);

	async function sold(campaign, body = {}) {
		const post = expectStatus(await acme.lead({ campaign, lead: config.wholeLead(), ...body }), 201);

		assert.equal(post.status, 'sold');
		return { lead: post.lead_id, sale: post.sales[0].sale_id };
	}

	// Rejects the first sale, and waits until the lead has an end.
	async function givenBack(campaign, { lead, sale }) {
		assert.deepEqual(expectStatus(await say(`${campaign}-1`, { sale_id: sale, status: 'rejected', reason: 'bad number' }), 200),
			{ sale_id: sale, status: 'rejected', recorded: true });
		return eventually(async () => {
			const view = await seen(lead);

			assert.notEqual(view.status, 'pending');
			return view;
		}, 20000);
	}

	const balanced = (view) => {
		for (const s of view.sales) {
			const sums = ledgerOf(s.sale_id);

			assert.ok(Object.values(sums).every(([n, sum]) => n === 3 && sum === 0), JSON.stringify(sums));
			assert.deepEqual(Object.keys(sums).sort(), { accepted: ['sale'], rejected: sums.sale ? ['return', 'sale'] : [] }[s.status] ?? []);
		}
		assert.deepEqual(sql(`SELECT COUNT(*) FROM work WHERE id = X'${hex(view.lead_id)}'`), [['0']]);
	};

	test('the next bid gets it; the first one has its money back', async () => {
		const first = await sold('rr-next');
		const view = await givenBack('rr-next', first);

		assert.deepEqual([view.status, view.payout, view.sales.map((s) => [s.buyer.id, s.status])],
			['sold', '16.00', [['rr-next-2', 'accepted'], ['rr-next-1', 'rejected']]]);
		assert.deepEqual(ledgerOf(first.sale), { sale: [3, 0, 30], return: [3, 0, 30] });
		assert.deepEqual(ledgerOf(view.sales[0].sale_id), { sale: [3, 0, 20] });
		assert.equal(callsTo('/rr-next-3/post').length, 0);
		assert.deepEqual(callsTo('/rr-next-2/post')[0].json.email, callsTo('/rr-next-1/post')[0].json.email, 'the whole lead');
		assert.deepEqual(view.events.map((e) => e.event).filter((e) => ['rejected', 're_route', 'accepted'].includes(e)),
			['accepted', 'rejected', 're_route', 'accepted']);
		balanced(view);
	});

	test('the postback does not wait for it, and the lead is pending meanwhile', async () => {
		const first = await sold('rr-slow');

		expectStatus(await say('rr-slow-1', { sale_id: first.sale, status: 'rejected' }), 200);
		assert.equal((await seen(first.lead)).status, 'pending');
		await eventually(async () => assert.equal((await seen(first.lead)).status, 'sold'), 20000);
		balanced(await seen(first.lead));
	});

	test('a reject of the next one goes to the third', async () => {
		const view = await givenBack('rr-third', await sold('rr-third'));

		assert.deepEqual(view.sales.map((s) => [s.buyer.id, s.status]),
			[['rr-third-3', 'accepted'], ['rr-third-1', 'rejected'], ['rr-third-2', 'rejected']]);
		balanced(view);
	});

	test('nobody left: unsold, with every reject behind it', async () => {
		const view = await givenBack('rr-nobody', await sold('rr-nobody'));

		assert.deepEqual([view.status, view.payout, view.sales.length], ['unsold', '0.00', 3]);
		balanced(view);
	});

	test('an unknown outcome stops it: held, and the third never hears of it', async () => {
		const first = await sold('rr-unknown');

		expectStatus(await say('rr-unknown-1', { lead_id: first.lead, status: 'rejected' }), 200);
		await eventually(() => assert.deepEqual(sql(`SELECT COUNT(*) FROM work WHERE kind = 1 AND id = X'${hex(first.lead)}'`), [['0']]), 20000);
		const view = await seen(first.lead);

		assert.deepEqual([view.status, view.sales.map((s) => s.status)], ['pending', ['pending', 'rejected']]);
		assert.equal(callsTo('/rr-unknown-3/post').length, 0);
		expectStatus(await say('rr-unknown-2', { lead_id: first.lead, status: 'accepted' }), 200);
		assert.equal((await seen(first.lead)).status, 'sold');
		balanced(await seen(first.lead));
	});

	test('after the window: rejected and given back, and not sold again', async () => {
		const first = await sold('rr-late');

		await sleep(1200);
		const view = await givenBack('rr-late', first);

		assert.deepEqual([view.status, view.sales.map((s) => s.status)], ['unsold', ['rejected']]);
		assert.equal(callsTo('/rr-late-2/post').length, 0);
		balanced(view);
	});

	test('the campaign\'s attempts are counted over the post and what follows it', async () => {
		const view = await givenBack('rr-once', await sold('rr-once'));

		assert.deepEqual([view.status, view.sales.length], ['unsold', 1]);
		assert.equal(callsTo('/rr-once-2/post').length, 0);
	});

	test('bids that have expired are asked for again, without whoever had its turn', async () => {
		const first = await sold('rr-again');
		const asked = callsTo('/rr-again-1/ping').length;

		await sleep(1200);
		const view = await givenBack('rr-again', first);

		assert.deepEqual(view.sales.map((s) => [s.buyer.id, s.status]), [['rr-again-2', 'accepted'], ['rr-again-1', 'rejected']]);
		assert.equal(callsTo('/rr-again-1/ping').length, asked, 'the one that gave it back is not asked again');
		balanced(view);
	});

	test('a seller that named its bids: nobody else gets it', async () => {
		const { first_name, email, phone, ...early } = config.wholeLead();
		const ping = expectStatus(await acme.ping({ campaign: 'rr-chosen', lead: early }), 200);
		const post = expectStatus(await acme.sell({ ping_id: ping.ping_id, bid_ids: [ping.bids[0].bid_id, ping.bids[2].bid_id],
			lead: { ...early, first_name, email, phone } }), 201);
		const view = await givenBack('rr-chosen', { lead: post.lead_id, sale: post.sales[0].sale_id });

		assert.deepEqual(view.sales.map((s) => [s.buyer.id, s.status]), [['rr-chosen-3', 'accepted'], ['rr-chosen-1', 'rejected']]);
		assert.equal(callsTo('/rr-chosen-2/post').length, 0);
	});

	test('rejected by every buyer in turn, by postback', async () => {
		const first = await sold('rr-next');
		let view = await givenBack('rr-next', first);

		expectStatus(await say('rr-next-2', { lead_id: first.lead, status: 'rejected' }), 200);
		view = await eventually(async () => {
			const v = await seen(first.lead);

			assert.equal(v.sales[0].buyer.id, 'rr-next-3');
			assert.equal(v.status, 'sold');
			return v;
		}, 20000);
		balanced(view);
	});
});
