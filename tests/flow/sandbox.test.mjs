// The sandbox: a test key sees every outcome by its ZIP, and nothing live is touched.
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { expectProblem, expectStatus, ready, Seller } from './lib/api.mjs';
import { bid, callsTo, script } from './lib/buyers.mjs';
import * as config from './lib/config.mjs';
import { apply, eventually, newKey } from './lib/system.mjs';

describe('sandbox', () => {
	let box;
	let live;

	before(async () => {
		script('/sandbox-live/ping', bid(30));
		await apply(config.document({ verticals: [config.vertical('sandbox')], campaigns: [config.campaign('sandbox', 'sandbox')],
			sellers: [config.seller('sandbox', ['sandbox'])], buyers: [config.simpleBuyer('sandbox-live', 'sandbox')] }));
		box = new Seller(newKey('sandbox', '--sandbox'));
		live = new Seller(newKey('sandbox'));
		await ready(box, live);
	});

	test('the keys tell which they are', () => {
		assert.match(box.key, /^gvk_test_/);
		assert.match(live.key, /^gvk_live_/);
	});

	const ping = async (zip) => expectStatus(await box.ping({ campaign: 'sandbox', lead: { zip } }), 200);
	const sell = async (zip) => {
		const { ping_id } = await ping(zip);

		return expectStatus(await box.sell({ ping_id, lead: { ...config.wholeLead({ credit_rating: undefined }), zip } }), 201);
	};

	for (const [zip, bids] of [['90210', 2], ['00001', 1], ['00002', 2], ['00003', 0]])
		test(`${zip} has ${bids} bids`, async () => {
			const answer = await ping(zip);

			assert.equal(answer.bids.length, bids);
			assert.equal(answer.status, bids > 0 ? 'matched' : 'unmatched');
		});

	test('00004: a buyer times out', async () => {
		const answer = await ping('00004');

		assert.equal(answer.reasons.find((r) => r.code === 'timeout')?.count, 1);
		assert.equal(answer.bids.length, 1);
	});

	test('00005 is a duplicate', async () => {
		const answer = await ping('00005');

		assert.equal(answer.status, 'rejected');
		assert.deepEqual(answer.bids, []);
		assert.deepEqual(answer.reasons, [{ code: 'duplicate', count: 1 }]);
	});

	test('00006: rejected, then sold to the next', async () => {
		const post = await sell('00006');

		assert.equal(post.status, 'sold');
		assert.equal(post.sales.filter((s) => s.status === 'accepted').length, 1);
		assert.ok(post.reasons.some((r) => /^rejected_/.test(r.code)), JSON.stringify(post.reasons));
	});

	test('00008: sold, rejected by postback five seconds later, sold to the next', async () => {
		const post = await sell('00008');

		assert.deepEqual([post.status, post.sales.map((s) => s.buyer.name)], ['sold', ['Sandbox One']]);
		await eventually(async () => {
			const view = expectStatus(await box.get(`/v1/leads/${post.lead_id}`), 200);

			assert.deepEqual([view.status, view.sales.map((s) => [s.buyer.name, s.status])],
				['sold', [['Sandbox Two', 'accepted'], ['Sandbox One', 'rejected']]]);
		}, 20000);
	});

	test('00007: the outcome is unknown', async () => {
		const post = await sell('00007');

		assert.equal(post.status, 'pending');
		assert.ok(post.reasons.some((r) => r.code === 'outcome_unknown'), JSON.stringify(post.reasons));
	});

	test('a post is sold, and the sandbox\'s lead is the sandbox\'s alone', async () => {
		const post = await sell('90210');

		assert.equal(post.status, 'sold');
		assert.ok(Number(post.payout) > 0);
		assert.equal(expectStatus(await box.get(`/v1/leads/${post.lead_id}`), 200).status, 'sold');
		expectProblem(await live.get(`/v1/leads/${post.lead_id}`), 404);
	});

	test('a ping of one mode can\'t be posted in the other', async () => {
		const { ping_id } = await ping('90210');

		expectProblem(await live.sell({ ping_id, lead: config.wholeLead({ credit_rating: undefined }) }), 404);
	});

	test('every check runs: what is wrong is wrong here too', async () => {
		expectProblem(await box.ping({ campaign: 'sandbox', lead: { zip: 'x' } }), 422, undefined, [['#/lead/zip', 'invalid_field']]);
	});

	test('no live buyer was asked', () => {
		assert.equal(callsTo('/sandbox-live/ping').length, 0);
	});
});
