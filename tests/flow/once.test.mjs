// Idempotency-Key: one lead for one key, whatever a client's network does.
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { expectProblem, expectStatus, ready, Seller } from './lib/api.mjs';
import { accepted, bid, callsTo, script } from './lib/buyers.mjs';
import * as config from './lib/config.mjs';
import { apply, newKey } from './lib/system.mjs';

describe('Idempotency-Key', () => {
	let acme;
	let other;
	let serial = 0;
	const fresh = () => `order-${process.pid}-${serial += 1}`;

	before(async () => {
		script('/once/ping', bid(10));
		script('/once/post', { ...accepted(), delay: 400 });
		await apply(config.document({ verticals: [config.vertical('once')], campaigns: [config.campaign('once', 'once')],
			sellers: [config.seller('once', ['once']), config.seller('once-other', ['once'])], buyers: [config.simpleBuyer('once', 'once')] }));
		acme = new Seller(newKey('once'));
		other = new Seller(newKey('once-other'));
		await ready(acme, other);
	});

	test('the same key and body replay the stored answer', async () => {
		const key = fresh();
		const body = { campaign: 'once', lead: config.wholeLead() };
		const calls = callsTo('/once/post').length;
		const first = await acme.lead(body, { 'Idempotency-Key': key });
		const second = await acme.lead(body, { 'Idempotency-Key': `"${key}"` });

		expectStatus(first, 201);
		assert.equal(first.headers['idempotent-replayed'], undefined);
		assert.equal(second.status, 201);
		assert.equal(second.headers['idempotent-replayed'], 'true');
		assert.equal(second.json.lead_id, first.json.lead_id);
		assert.deepEqual(second.json.sales, first.json.sales);
		assert.equal(callsTo('/once/post').length, calls + 1);
	});

	test('another body is 422', async () => {
		const key = fresh();

		expectStatus(await acme.lead({ campaign: 'once', lead: config.wholeLead() }, { 'Idempotency-Key': key }), 201);
		expectProblem(await acme.lead({ campaign: 'once', lead: config.wholeLead() }, { 'Idempotency-Key': key }), 422);
	});

	test('another address under the same key is 422', async () => {
		const key = fresh();
		const lead = config.wholeLead();
		const { first_name, email, phone, ...early } = lead;
		const ping = expectStatus(await acme.ping({ campaign: 'once', lead: early }), 200);

		expectStatus(await acme.sell({ ping_id: ping.ping_id, lead }, { 'Idempotency-Key': key }), 201);
		expectProblem(await acme.lead({ campaign: 'once', lead }, { 'Idempotency-Key': key }), 422);
	});

	test('one that still runs is 409, and one lead comes of sixteen', async () => {
		const key = fresh();
		const body = { campaign: 'once', lead: config.wholeLead() };
		const calls = callsTo('/once/post').length;
		const answers = await Promise.all(Array.from({ length: 16 }, () => acme.lead(body, { 'Idempotency-Key': key })));
		const good = answers.filter((a) => a.status === 201);

		assert.ok(good.length >= 1, answers.map((a) => a.status).join(' '));
		assert.equal(new Set(good.map((a) => a.json.lead_id)).size, 1);
		for (const a of answers.filter((x) => x.status !== 201))
			expectProblem(a, 409);
		assert.equal(callsTo('/once/post').length, calls + 1);
	});

	test('two sellers may use the same key', async () => {
		const key = fresh();
		const one = expectStatus(await acme.lead({ campaign: 'once', lead: config.wholeLead() }, { 'Idempotency-Key': key }), 201);
		const two = expectStatus(await other.lead({ campaign: 'once', lead: config.wholeLead() }, { 'Idempotency-Key': key }), 201);

		assert.notEqual(one.lead_id, two.lead_id);
	});

	test('a ping replays too', async () => {
		const key = fresh();
		const body = { campaign: 'once', lead: config.lead() };
		const first = expectStatus(await acme.ping(body, { 'Idempotency-Key': key }), 200);
		const second = await acme.ping(body, { 'Idempotency-Key': key });

		assert.equal(expectStatus(second, 200).ping_id, first.ping_id);
		assert.equal(second.headers['idempotent-replayed'], 'true');
	});

	test('a refused request keeps no key: mended, it may come again', async () => {
		const key = fresh();

		expectProblem(await acme.lead({ campaign: 'once', lead: config.lead() }, { 'Idempotency-Key': key }), 422);
		expectStatus(await acme.lead({ campaign: 'once', lead: config.wholeLead() }, { 'Idempotency-Key': key }), 201);
	});

	for (const [what, key] of [['too long', 'k'.repeat(300)], ['with a space', 'a b'], ['empty within quotes', '""']])
		test(`a key that is ${what} is 400`, async () => {
			expectProblem(await acme.lead({ campaign: 'once', lead: config.wholeLead() }, { 'Idempotency-Key': key }), 400);
		});
});
