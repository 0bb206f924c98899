// A post: sold once, to whom, and what is told when a buyer rejects, fails or leaves no trace.
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { expectProblem, expectStatus, idShape, ready, Seller } from './lib/api.mjs';
import { accepted, bid, callsTo, noBid, rejected, script } from './lib/buyers.mjs';
import * as config from './lib/config.mjs';
import { apply, eventually, newKey, sleep } from './lib/system.mjs';

// A campaign with two buyers: KEY-1 bids 20 and does `first` when posted to, KEY-2 bids 10 and accepts.
function duel(key, first, more = {}) {
	script(`/${key}-1/ping`, bid(20, { ref: `${key}-ref` }));
	script(`/${key}-2/ping`, more.second ?? bid(10));
	script(`/${key}-1/post`, first);
	script(`/${key}-2/post`, accepted());
	return { campaign: config.campaign(key, 'post', more.routing), buyers: [config.simpleBuyer(`${key}-1`, key, more.contract),
		config.simpleBuyer(`${key}-2`, key)] };
}

const duels = {
	sold: duel('post-sold', accepted({ redirect: 'https://buyer.example.com/thanks?x=1' })),
	next: duel('post-next', rejected('Dup lead found')),
	stall: duel('post-stall', { stall: true }),
	reset: duel('post-reset', { reset: true }),
	cut: duel('post-cut', { ...accepted({ pad: 'x'.repeat(3000) }), cut: true }),
	error: duel('post-500', { status: 500, json: { status: 'accepted' } }),
	garbage: duel('post-garbage', { text: '{"status":"accepted"' }),
	pending: duel('post-pending', { json: { status: 'pending', ref: 'p-1' } }),
	gone: duel('post-gone', accepted(), { contract: { post: { ...config.postStep('/x'), url: 'http://127.0.0.1:9/' } } }),
	short: duel('post-short', accepted(), { routing: { bid_ttl_s: 1 } }),
	slow: duel('post-slow', { ...accepted(), delay: 300 }),
	// Asked again, the second one would take all the time of a ping; the post has less left.
	late: duel('post-late', { ...rejected(), delay: 500 }, { second: (call, n) => (n === 1 ? noBid() : { stall: true }),
		routing: { ping_timeout_ms: 8000, post_timeout_ms: 1000, post_deadline_ms: 1500 } }),
	filter: duel('post-filter', accepted(), { contract: { filters: [{ field: 'lead.credit_rating', op: 'missing' }] } }),
};

describe('post', () => {
	let acme;
	let other;

	before(async () => {
		const campaigns = [...Object.values(duels).map((d) => d.campaign.key), 'post-unsold'];

		script('/post-unsold-1/ping', bid(9));
		script('/post-unsold-1/post', rejected('bad phone'));
		await apply(config.document({ verticals: [config.vertical('post')],
			campaigns: [...Object.values(duels).map((d) => d.campaign), config.campaign('post-unsold', 'post')],
			sellers: [config.seller('post', campaigns), config.seller('post-other', campaigns)],
			buyers: [...Object.values(duels).flatMap((d) => d.buyers), config.simpleBuyer('post-unsold-1', 'post-unsold')] }));
		acme = new Seller(newKey('post'));
		other = new Seller(newKey('post-other'));
		await ready(acme, other);
	});

	// Pings and posts the same lead; the post's answer.
	async function sellTo(campaign, more = {}, lead = config.wholeLead()) {
		const { first_name, email, phone, ...early } = lead;
		const ping = expectStatus(await acme.ping({ campaign, lead: early }), 200);

		assert.equal(ping.status, 'matched');
		return { ping, lead, answer: await acme.sell({ ping_id: ping.ping_id, lead, ...more }) };
	}

	test('the best bidder gets the whole lead, once', async () => {
		const { ping, lead, answer } = await sellTo('post-sold');
		const post = expectStatus(answer, 201);
		const [sale] = post.sales;
		const [call, ...more] = callsTo('/post-sold-1/post');

		assert.equal(post.status, 'sold');
		assert.match(post.lead_id, idShape('led'));
		assert.equal(post.ping_id, ping.ping_id);
		assert.equal(post.payout, '16.00');
		assert.equal(post.currency, 'USD');
		assert.equal(post.sales.length, 1);
		assert.match(sale.sale_id, idShape('sal'));
		assert.deepEqual({ ...sale, sale_id: 0 }, { sale_id: 0, bid_id: ping.bids[0].bid_id, buyer: { id: 'post-sold-1', name: 'Buyer post-sold-1' },
			price: '16.00', sale: 'exclusive', status: 'accepted', redirect_url: 'https://buyer.example.com/thanks?x=1' });
		assert.equal(more.length, 0);
		assert.deepEqual(call.json, { zip: '90210', first_name: 'Ann', email: lead.email, phone: `+1${lead.phone}`, ref: 'post-sold-ref',
			price: call.json.price, lead_id: post.lead_id, sale_id: sale.sale_id });
		assert.equal(Number(call.json.price), 20);
		assert.equal(callsTo('/post-sold-2/post').length, 0);
	});

	test('the lead\'s id is the one that the ping told the buyers', async () => {
		const { answer } = await sellTo('post-sold');

		assert.equal(callsTo('/post-sold-1/ping').at(-1).json.lead_id, expectStatus(answer, 201).lead_id);
	});

	test('GET gives the same, and what happened; to its own seller alone', async () => {
		const { answer } = await sellTo('post-sold');
		const post = expectStatus(answer, 201);
		const seen = expectStatus(await acme.get(`/v1/leads/${post.lead_id}`), 200);
		const { events, ...rest } = seen;

		assert.deepEqual({ ...rest, request_id: 0 }, { ...post, request_id: 0 });
		assert.ok(Array.isArray(events) && events.length >= 2, JSON.stringify(events));
		expectProblem(await other.get(`/v1/leads/${post.lead_id}`), 404);
		expectProblem(await acme.get(`/v1/leads/led_${'0'.repeat(26)}`), 404);
		expectProblem(await acme.get('/v1/leads/led_1'), 404);
	});

	test('a proven reject goes to the next bid, with the buyer\'s words as our code', async () => {
		const { ping, answer } = await sellTo('post-next');
		const post = expectStatus(answer, 201);
		const sold = post.sales.filter((s) => s.status === 'accepted');

		assert.equal(post.status, 'sold');
		assert.equal(post.payout, '8.00');
		assert.deepEqual(sold.map((s) => [s.bid_id, s.buyer.id, s.price]), [[ping.bids[1].bid_id, 'post-next-2', '8.00']]);
		assert.ok(post.reasons.some((r) => r.code === 'rejected_duplicate'), JSON.stringify(post.reasons));
	});

	test('when everybody rejects, the lead is unsold', async () => {
		const { answer } = await sellTo('post-unsold');
		const post = expectStatus(answer, 201);

		assert.equal(post.status, 'unsold');
		assert.equal(post.payout, '0.00');
		assert.ok(post.reasons.some((r) => r.code === 'rejected_other'));
	});

	for (const [campaign, what] of [['post-stall', 'a buyer that never answers'], ['post-reset', 'a connection that the buyer resets'],
		['post-cut', 'half an answer'], ['post-500', 'a 500 with an acceptance inside'], ['post-garbage', 'an answer that does not parse']])
		test(`${what} leaves the outcome unknown: pending, and nobody else gets the lead`, async () => {
			const { answer } = await sellTo(campaign);
			const post = expectStatus(answer, 201);

			assert.equal(post.status, 'pending');
			assert.deepEqual(post.sales.map((s) => [s.buyer.id, s.status]), [[`${campaign}-1`, 'pending']]);
			assert.ok(post.reasons.some((r) => r.code === 'outcome_unknown'), JSON.stringify(post.reasons));
			assert.equal(callsTo(`/${campaign}-1/post`).length, 1, 'sent once');
			await sleep(300);
			assert.equal(callsTo(`/${campaign}-2/post`).length, 0);
			assert.equal(expectStatus(await acme.get(`/v1/leads/${post.lead_id}`), 200).status, 'pending');
		});

	test('a buyer may say that its verdict comes later', async () => {
		const { answer } = await sellTo('post-pending');
		const post = expectStatus(answer, 201);

		assert.equal(post.status, 'pending');
		assert.equal(callsTo('/post-pending-2/post').length, 0);
	});

	test('where nothing can have left, the next bid is tried', async () => {
		const { answer } = await sellTo('post-gone');
		const post = expectStatus(answer, 201);

		assert.equal(post.status, 'sold');
		assert.deepEqual(post.sales.filter((s) => s.status === 'accepted').map((s) => s.buyer.id), ['post-gone-2']);
		assert.ok(post.reasons.some((r) => r.code === 'not_sent'), JSON.stringify(post.reasons));
	});

	test('an unknown ping is 404, an id that is none 422', async () => {
		expectProblem(await acme.sell({ ping_id: `png_${'0'.repeat(26)}`, lead: config.wholeLead() }), 404);
		expectProblem(await acme.sell({ ping_id: 'png_1', lead: config.wholeLead() }), 422, undefined, [['#/ping_id', 'invalid_field']]);
	});

	test('another seller\'s ping is 404', async () => {
		const ping = expectStatus(await acme.ping({ campaign: 'post-sold', lead: config.lead() }), 200);

		expectProblem(await other.sell({ ping_id: ping.ping_id, lead: config.wholeLead() }), 404);
	});

	test('the same post again gets the first answer, another one 409 and the first lead\'s id', async () => {
		const { ping, lead, answer } = await sellTo('post-sold');
		const first = expectStatus(answer, 201);
		const calls = callsTo('/post-sold-1/post').length;
		const again = expectStatus(await acme.sell({ ping_id: ping.ping_id, lead }), 200);
		const problem = expectProblem(await acme.sell({ ping_id: ping.ping_id, lead: { ...lead, first_name: 'Bea' } }), 409);

		assert.deepEqual({ ...again, request_id: 0 }, { ...first, request_id: 0 });
		assert.equal(problem.lead_id, first.lead_id);
		assert.equal(callsTo('/post-sold-1/post').length, calls, 'nothing was sent again');
	});

	test('sixteen posts of one ping at once sell one lead', async () => {
		const lead = config.wholeLead();
		const { first_name, email, phone, ...early } = lead;
		const ping = expectStatus(await acme.ping({ campaign: 'post-slow', lead: early }), 200);
		const calls = callsTo('/post-slow-1/post').length;
		const answers = await Promise.all(Array.from({ length: 16 },
			(_, i) => acme.sell({ ping_id: ping.ping_id, lead: { ...lead, note: `copy ${i}` } })));
		const created = answers.filter((a) => a.status === 201);

		assert.equal(created.length, 1, answers.map((a) => a.status).join(' '));
		for (const a of answers.filter((x) => x.status !== 201))
			assert.equal(expectProblem(a, 409).lead_id, created[0].json.lead_id);
		assert.equal(callsTo('/post-slow-1/post').length, calls + 1);
	});

	test('a field that took part and differs, or comes only now, is a mismatch', async () => {
		const ping = expectStatus(await acme.ping({ campaign: 'post-filter', lead: { zip: '90210' } }), 200);
		const whole = config.wholeLead({ credit_rating: undefined });

		expectProblem(await acme.sell({ ping_id: ping.ping_id, lead: { ...whole, zip: '90211' } }), 422, undefined, [['#/lead/zip', 'ping_mismatch']]);
		expectProblem(await acme.sell({ ping_id: ping.ping_id, lead: { ...whole, credit_rating: 'good' } }), 422, undefined,
			[['#/lead/credit_rating', 'ping_mismatch']]);
		expectStatus(await acme.sell({ ping_id: ping.ping_id, lead: { ...whole, note: 'took no part', zip: ' 90210 ' } }), 201);
	});

	test('every fault of a post comes at once', async () => {
		const ping = expectStatus(await acme.ping({ campaign: 'post-sold', lead: config.lead() }), 200);

		expectProblem(await acme.sell({ ping_id: ping.ping_id, lead: { ...config.lead(), email: 'no', age: 7 } }), 422, undefined,
			[['#/lead/email', 'invalid_field'], ['#/lead/age', 'invalid_field'], ['#/lead/first_name', 'missing_field'], ['#/lead/phone', 'missing_field']]);
	});

	test('an expired ping is 410; with reping it is asked again at once', async () => {
		const lead = config.wholeLead();
		const { first_name, email, phone, ...early } = lead;
		const ping = expectStatus(await acme.ping({ campaign: 'post-short', lead: early }), 200);
		const asked = callsTo('/post-short-1/ping').length;

		await sleep(1300);
		expectProblem(await acme.sell({ ping_id: ping.ping_id, lead }), 410);
		assert.equal(callsTo('/post-short-1/post').length, 0);
		assert.equal(expectStatus(await acme.sell({ ping_id: ping.ping_id, lead, reping: true }), 201).status, 'sold');
		assert.equal(callsTo('/post-short-1/ping').length, asked + 1);
	});

	test('a re-ping ends with the post\'s deadline, however long a ping may take', async () => {
		const start = Date.now();
		const { answer } = await sellTo('post-late');
		const ms = Date.now() - start;

		assert.equal(expectStatus(answer, 201).status, 'unsold');
		assert.equal(callsTo('/post-late-2/ping').length, 2);
		assert.ok(ms < 5000, `answered after ${ms} ms`);
	});

	test('bid_ids choose whom to sell to', async () => {
		const lead = config.wholeLead();
		const { first_name, email, phone, ...early } = lead;
		const ping = expectStatus(await acme.ping({ campaign: 'post-sold', lead: early }), 200);
		const calls = callsTo('/post-sold-1/post').length;
		const post = expectStatus(await acme.sell({ ping_id: ping.ping_id, lead, bid_ids: [ping.bids[1].bid_id] }), 201);

		assert.deepEqual(post.sales.map((s) => [s.buyer.id, s.status]), [['post-sold-2', 'accepted']]);
		assert.equal(post.payout, '8.00');
		assert.equal(callsTo('/post-sold-1/post').length, calls);
	});

	test('a bid of another ping is refused', async () => {
		const one = expectStatus(await acme.ping({ campaign: 'post-sold', lead: config.lead() }), 200);
		const two = expectStatus(await acme.ping({ campaign: 'post-sold', lead: config.lead() }), 200);

		expectProblem(await acme.sell({ ping_id: one.ping_id, lead: config.wholeLead(), bid_ids: [two.bids[0].bid_id] }), 422, undefined,
			[['#/bid_ids/0', 'unknown_reference']]);
	});

	test('a lead in one call: pinged and posted', async () => {
		const lead = config.wholeLead();
		const post = expectStatus(await acme.lead({ campaign: 'post-next', lead, source: { sub1: 'direct' } }), 201);

		assert.equal(post.status, 'sold');
		assert.equal(post.payout, '8.00');
		assert.match(post.ping_id, idShape('png'));
		assert.equal(callsTo('/post-next-1/ping').at(-1).json.sub1, 'direct');
		assert.equal(callsTo('/post-next-1/ping').at(-1).text.includes(lead.email), false, 'a ping gives nothing away');
	});

	test('a lead that nobody wants at its price is unsold', async () => {
		const calls = callsTo('/post-sold-1/post').length;
		const post = expectStatus(await acme.lead({ campaign: 'post-sold', lead: config.wholeLead(), min_price: '99.00' }), 201);

		assert.equal(post.status, 'unsold');
		assert.deepEqual(post.sales, []);
		assert.equal(callsTo('/post-sold-1/post').length, calls);
	});

	test('each post goes over a connection of its own', async () => {
		await sellTo('post-sold');
		await sellTo('post-sold');
		const [one, two] = callsTo('/post-sold-1/post').slice(-2);

		await eventually(() => assert.notEqual(one.port, two.port));
	});
});
