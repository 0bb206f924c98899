// Idempotency-Key: one lead for one key, whatever a client's network does.
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { expectProblem, expectStatus, ready, Seller } from './lib/api.mjs';
import { accepted, bid, callsTo, script } from './lib/buyers.mjs';
import * as config from './lib/config.mjs';
import { apply, newKey, sql } from './lib/system.mjs';

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

	// What each door takes, its good answer's status, and the member that names what came of it.
	const doors = {
		ping: [async () => ({ campaign: 'once', lead: config.lead() }), (more) => ({ ...more, lead: { ...more.lead, credit_rating: 'poor' } }), 200, 'ping_id'],
		sell: [async () => {
			const { first_name, email, phone, ...early } = config.wholeLead();
			const ping = expectStatus(await acme.ping({ campaign: 'once', lead: early }), 200);

			return { ping_id: ping.ping_id, lead: { ...early, first_name, email, phone } };
		}, (more) => ({ ...more, lead: { ...more.lead, note: 'other' } }), 201, 'lead_id'],
		lead: [async () => ({ campaign: 'once', lead: config.wholeLead() }), (more) => ({ ...more, lead: { ...more.lead, note: 'other' } }), 201, 'lead_id'],
	};
	const count = () => sql('SELECT (SELECT COUNT(*) FROM ping), (SELECT COUNT(*) FROM `lead`), (SELECT COUNT(*) FROM sale)')[0];

	for (const [door, [make, change, status, id]] of Object.entries(doors)) {
		test(`${door}: the same bytes again, and nothing new behind them`, async () => {
			const body = await make();
			const headers = { 'Idempotency-Key': fresh() };
			const first = await acme[door](body, headers);
			const was = count();

			expectStatus(first, status);
			assert.equal(first.headers['idempotent-replayed'], undefined);
			for (let n = 0; n < 2; n++) {
				const again = await acme[door](body, headers);

				assert.deepEqual([again.status, again.text, again.headers['content-type'], again.headers['idempotent-replayed']],
					[status, first.text, first.headers['content-type'], 'true']);
			}
			expectProblem(await acme[door](change(body), headers), 422);
			assert.deepEqual(count(), was);
		});

		test(`${door}: of two at once one runs`, async () => {
			const body = await make();
			const headers = { 'Idempotency-Key': fresh() };
			const [pings, leads, sales] = count().map(Number);
			const answers = await Promise.all([acme[door](body, headers), acme[door](body, headers)]);
			const ran = answers.filter((a) => a.status === status && !a.headers['idempotent-replayed']);

			assert.equal(ran.length, 1, answers.map((a) => a.status).join(' '));
			for (const a of answers.filter((x) => x !== ran[0]))
				if (a.status === 409)
					expectProblem(a, 409);
				else
					assert.deepEqual([a.status, a.text, a.headers['idempotent-replayed']], [status, ran[0].text, 'true']);
			const [nowPings, nowLeads, nowSales] = count().map(Number);

			assert.deepEqual([nowLeads - leads, nowSales - sales], door === 'ping' ? [0, 0] : [1, 1]);
			// A lead's key is taken with its row, after its auction: the copy may have asked the buyers too, and is refused then.
			if (door !== 'lead')
				assert.equal(nowPings - pings, door === 'ping' ? 1 : 0);
			const later = await acme[door](body, headers);

			assert.equal(expectStatus(later, status)[id], ran[0].json[id]);
			assert.equal(later.headers['idempotent-replayed'], 'true');
		});
	}

	test('an answer in XML is replayed as XML', async () => {
		const headers = { 'Idempotency-Key': fresh(), Accept: 'application/xml' };
		const body = { campaign: 'once', lead: config.lead() };
		const first = await acme.ping(body, headers);
		const again = await acme.ping(body, headers);

		assert.match(first.headers['content-type'], /^application\/xml/);
		assert.deepEqual([again.text, again.headers['content-type'], again.headers['idempotent-replayed']], [first.text, first.headers['content-type'], 'true']);
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
