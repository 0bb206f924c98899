// A ping: whom it asks, what it offers, in which order and by when.
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { expectProblem, expectStatus, idShape, ready, Seller } from './lib/api.mjs';
import { bid, callsTo, noBid, script } from './lib/buyers.mjs';
import * as config from './lib/config.mjs';
import { apply, newKey } from './lib/system.mjs';

const only = (value) => [{ field: 'lead.state', op: 'in', value: [value] }];
const good = [{ field: 'lead.credit_rating', op: 'in', value: ['good', 'excellent'] }];
const counts = (answer) => Object.fromEntries(answer.reasons.map((r) => [r.code, r.count]));

describe('ping', () => {
	let acme;
	let none;
	let alias;

	before(async () => {
		const campaigns = ['ping', 'ping-faults', 'ping-stall', 'ping-prices', 'ping-none'];

		script('/ping-a/ping', bid(12.5));
		script('/ping-b/ping', bid('20.00'));
		script('/ping-c/ping', noBid());
		script('/ping-d/ping', bid(50));
		script('/ping-e/ping', bid(60));
		script('/ping-500/ping', { status: 500, json: { status: 'bid', price: 90 } });
		script('/ping-garbage/ping', { text: '{"status":"bid"' });
		script('/ping-reset/ping', { reset: true });
		script('/ping-cut/ping', { cut: true, json: { status: 'bid', price: 90, ref: 'x'.repeat(2000) } });
		script('/ping-moved/ping', { status: 302, headers: { Location: '/ping-a/ping' }, json: {} });
		script('/ping-late/ping', { ...bid(90), delay: 700 });
		script('/ping-zero/ping', bid(0));
		script('/ping-ok/ping', bid(5));
		for (const n of [1, 2, 3, 4])
			script(`/ping-s${n}/ping`, { ...bid(10 + n), delay: 20 * n });
		script('/ping-s5/ping', { stall: true });
		script('/ping-cents/ping', bid(15.432));
		script('/ping-low/ping', bid(0.9));
		script('/ping-high/ping', bid(150));
		script('/ping-n/ping', noBid());
		await apply(config.document({ verticals: [config.vertical('ping')],
			campaigns: [...campaigns.map((key) => config.campaign(key, 'ping')), config.campaign('ping-closed', 'ping', {}, { status: 'paused' })],
			sellers: [config.seller('ping', [...campaigns, 'ping-closed']), config.seller('ping-blind', campaigns, { show_buyer: 'none' }),
				config.seller('ping-alias', campaigns, { show_buyer: 'alias' })],
			buyers: [
				config.simpleBuyer('ping-a', 'ping'), config.simpleBuyer('ping-b', 'ping', { filters: good }), config.simpleBuyer('ping-c', 'ping'),
				config.simpleBuyer('ping-d', 'ping', { filters: only('NY') }), config.simpleBuyer('ping-e', 'ping', { status: 'paused' }),
				config.simpleBuyer('ping-500', 'ping-faults'), config.simpleBuyer('ping-garbage', 'ping-faults'),
				config.simpleBuyer('ping-reset', 'ping-faults'), config.simpleBuyer('ping-cut', 'ping-faults'),
				config.simpleBuyer('ping-moved', 'ping-faults'), config.simpleBuyer('ping-zero', 'ping-faults'),
				config.simpleBuyer('ping-late', 'ping-faults', { ping: config.pingStep('/ping-late/ping', { timeout_ms: 200 }) }),
				config.simpleBuyer('ping-gone', 'ping-faults', { ping: { ...config.pingStep('/x'), url: 'http://127.0.0.1:9/' } }),
				config.simpleBuyer('ping-ok', 'ping-faults'),
				...[1, 2, 3, 4, 5].map((n) => config.simpleBuyer(`ping-s${n}`, 'ping-stall')),
				config.simpleBuyer('ping-cents', 'ping-prices'), config.simpleBuyer('ping-low', 'ping-prices'),
				config.simpleBuyer('ping-high', 'ping-prices'), config.simpleBuyer('ping-n', 'ping-none') ] }));
		acme = new Seller(newKey('ping'));
		none = new Seller(newKey('ping-blind'));
		alias = new Seller(newKey('ping-alias'));
		await ready(acme, none, alias);
	});

	test('the best bid comes first, and every contract that gave none has its reason', async () => {
		const answer = expectStatus(await acme.ping({ campaign: 'ping', lead: config.lead(), source: { sub1: 'fb-77' } }), 200);
		const [first, second] = answer.bids;

		assert.equal(answer.status, 'matched');
		assert.match(answer.ping_id, idShape('png'));
		assert.equal(answer.currency, 'USD');
		assert.equal(answer.bids.length, 2);
		assert.deepEqual([first.rank, first.price, first.buyer, first.sale], [1, '16.00', { id: 'ping-b', name: 'Buyer ping-b' }, 'exclusive']);
		assert.deepEqual([second.rank, second.price, second.buyer, second.sale], [2, '10.00', { id: 'ping-a', name: 'Buyer ping-a' }, 'exclusive']);
		for (const b of answer.bids) {
			assert.match(b.bid_id, idShape('bid'));
			assert.equal(typeof b.consent_text_required, 'boolean');
			assert.ok(Math.abs(Date.parse(b.expires_at) - Date.now() - 60000) < 2000, b.expires_at);
		}
		assert.deepEqual(counts(answer), { outbid: 1, no_bid: 1, filter_geo: 1, buyer_paused: 1 });
	});

	test('buyers get what their step names, and the state that the ZIP tells', async () => {
		await acme.ping({ campaign: 'ping', lead: config.lead(), source: { sub1: 'fb-78' } });
		const call = callsTo('/ping-a/ping').at(-1);

		assert.equal(call.method, 'POST');
		assert.match(call.headers['content-type'], /^application\/json/);
		assert.deepEqual({ ...call.json, lead_id: undefined }, { zip: '90210', state: 'CA', credit: 'good', sub1: 'fb-78', lead_id: undefined });
		assert.match(call.json.lead_id, idShape('led'));
		assert.equal(callsTo('/ping-d/ping').length, 0, 'a contract whose filter fails is not asked');
		assert.equal(callsTo('/ping-e/ping').length, 0, 'a paused contract is not asked');
	});

	test('a filter on a field keeps its contract out', async () => {
		const answer = expectStatus(await acme.ping({ campaign: 'ping', lead: config.lead({ credit_rating: 'poor' }) }), 200);

		assert.deepEqual(answer.bids.map((b) => b.buyer.id), ['ping-a']);
		assert.equal(counts(answer).filter_field, 1);
	});

	test('no buyer is an answer, not an error', async () => {
		const answer = expectStatus(await acme.ping({ campaign: 'ping-none', lead: config.lead() }), 200);

		assert.equal(answer.status, 'unmatched');
		assert.deepEqual(answer.bids, []);
		assert.deepEqual(counts(answer), { no_bid: 1 });
	});

	test('each way in which a buyer fails has its own reason, and the one that works is offered', async () => {
		const answer = expectStatus(await acme.ping({ campaign: 'ping-faults', lead: config.lead() }), 200);

		assert.deepEqual(answer.bids.map((b) => b.buyer.id), ['ping-ok']);
		assert.deepEqual(counts(answer), { http_error: 4, unparsable_reply: 1, timeout: 1, unreachable: 1, no_bid: 1 });
	});

	test('prices: up to four decimals, the reserve, the contract\'s range', async () => {
		const answer = expectStatus(await acme.ping({ campaign: 'ping-prices', lead: config.lead() }), 200);

		assert.deepEqual(answer.bids.map((b) => b.price), ['12.3456']);
		assert.deepEqual(counts(answer), { below_reserve: 1, price_out_of_range: 1 });
	});

	test('a seller\'s minimum keeps lower bids out', async () => {
		const answer = expectStatus(await acme.ping({ campaign: 'ping', lead: config.lead(), min_price: '10.01' }), 200);

		assert.deepEqual(answer.bids.map((b) => b.price), ['16.00']);
		assert.equal(counts(answer).below_min_price, 1);
		assert.equal(expectStatus(await acme.ping({ campaign: 'ping', lead: config.lead(), min_price: '16.01' }), 200).status, 'unmatched');
	});

	test('a buyer that stalls costs nobody else: four bids at the time-out, at most 50 ms after it', async () => {
		let best = Infinity;

		for (let tries = 0; tries < 3 && best > 850; tries++) {
			const answer = await acme.ping({ campaign: 'ping-stall', lead: config.lead() });
			const { bids, reasons } = expectStatus(answer, 200);

			assert.deepEqual(bids.map((b) => b.buyer.id), ['ping-s4', 'ping-s3', 'ping-s2', 'ping-s1']);
			assert.equal(reasons.find((r) => r.code === 'timeout')?.count, 1);
			assert.ok(answer.ms >= 750, `answered after ${answer.ms} ms, before the time-out of 800 ms`);
			best = Math.min(best, answer.ms);
		}
		assert.ok(best <= 850, `answered ${best} ms after it was sent; the time-out is 800 ms`);
	});

	test('a seller sees the buyer by name, by another name, or not at all', async () => {
		const hidden = expectStatus(await none.ping({ campaign: 'ping', lead: config.lead() }), 200);
		const masked = expectStatus(await alias.ping({ campaign: 'ping', lead: config.lead() }), 200);

		assert.deepEqual(hidden.bids.map((b) => b.buyer), [null, null]);
		assert.equal(masked.bids.length, 2);
		assert.doesNotMatch(JSON.stringify(masked.bids), /ping-[ab]/);
		assert.deepEqual(Object.keys(masked.bids[0].buyer).sort(), ['id', 'name']);
	});

	test('a form and XML say the same as JSON', async () => {
		const form = expectStatus(await acme.ping('campaign=ping&lead.zip=90210&lead.credit_rating=good&lead.home_owner=true&lead.drivers.0.birth_date=1980-02-29',
			{ 'Content-Type': 'application/x-www-form-urlencoded' }), 200);
		const xml = expectStatus(await acme.ping('<request><campaign>ping</campaign><lead><zip>90210</zip><credit_rating>good</credit_rating>'
			+ '<drivers><item><birth_date>1980-02-29</birth_date></item></drivers></lead></request>', { 'Content-Type': 'application/xml' }), 200);

		assert.deepEqual(form.bids.map((b) => b.price), ['16.00', '10.00']);
		assert.deepEqual(xml.bids.map((b) => b.price), ['16.00', '10.00']);
	});

	test('XML comes back when Accept asks for it', async () => {
		const answer = await acme.ping({ campaign: 'ping', lead: config.lead() }, { Accept: 'application/xml' });

		assert.equal(answer.status, 200);
		assert.match(answer.headers['content-type'], /^application\/xml/);
		assert.match(answer.text, /<response>.*<status>matched<\/status>.*<item>.*<price>16\.00<\/price>.*<\/response>/s);
	});

	test('a campaign that is not the seller\'s, and one that is not active', async () => {
		expectProblem(await acme.ping({ campaign: 'access', lead: config.lead() }), 422, undefined, [['#/campaign', 'invalid_field']]);
		expectProblem(await acme.ping({ campaign: 'ping-closed', lead: config.lead() }), 403, 'campaign_inactive');
	});
});
