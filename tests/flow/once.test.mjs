// Idempotency-Key: one lead for one key, whatever a client's network does.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { before, describe, test } from 'node:test';
import { expectProblem, expectStatus, ready, Seller } from './lib/api.mjs';
import { accepted, bid, callsTo, script } from './lib/buyers.mjs';
import * as config from './lib/config.mjs';
import { apply, eventually, newKey, sleep, sql } from './lib/system.mjs';

describe('Idempotency-Key', () => {
	let acme;
	let other;
	let serial = 0;
	const fresh = () => `order-${process.pid}-${serial += 1}`;

	before(async () => {
		script('/once/ping', bid(10));
		script('/once/post', { ...accepted(), delay: 400 });
		script('/once-brief/ping', { ...bid(10), delay: 300 });
		script('/once-brief/post', accepted());
		script('/once-slow/ping', { ...bid(10), delay: 1500 });
		script('/once-slow/post', accepted());
		await apply(config.document({ verticals: [config.vertical('once')], campaigns: [config.campaign('once', 'once'),
			config.campaign('once-brief', 'once', { bid_ttl_s: 1 }), config.campaign('once-slow', 'once', { ping_timeout_ms: 4000 })],
			sellers: [config.seller('once', ['once', 'once-brief', 'once-slow']), config.seller('once-other', ['once'])],
			buyers: ['once', 'once-brief', 'once-slow'].map((key) => config.simpleBuyer(key, key)) }));
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

	test('one that still runs is 409: of sixteen at once, one asks the buyers and makes a lead', async () => {
		const key = fresh();
		const body = { campaign: 'once', lead: config.wholeLead() };
		const [asked, posted] = ['/once/ping', '/once/post'].map((path) => callsTo(path).length);
		const answers = await Promise.all(Array.from({ length: 16 }, () => acme.lead(body, { 'Idempotency-Key': key })));
		const good = answers.filter((a) => a.status === 201);

		assert.equal(good.filter((a) => !a.headers['idempotent-replayed']).length, 1, answers.map((a) => a.status).join(' '));
		assert.equal(new Set(good.map((a) => a.json.lead_id)).size, 1);
		for (const a of answers.filter((x) => x.status !== 201))
			assert.equal(expectProblem(a, 409).code, 'idempotency_key');
		assert.deepEqual(['/once/ping', '/once/post'].map((path) => callsTo(path).length), [asked + 1, posted + 1]);
	});

	test('of copies that would all ping again, one does', async () => {
		const { first_name, email, phone, ...early } = config.wholeLead();
		const ping = expectStatus(await acme.ping({ campaign: 'once-brief', lead: early }), 200);
		const headers = { 'Idempotency-Key': fresh() };
		const body = { ping_id: ping.ping_id, lead: { ...early, first_name, email, phone }, reping: true };

		await sleep(Math.max(0, Date.parse(ping.expires_at) - Date.now() + 50));
		const asked = callsTo('/once-brief/ping').length;
		const answers = await Promise.all(Array.from({ length: 4 }, () => acme.sell(body, headers)));

		assert.equal(answers.filter((a) => a.status === 201 && !a.headers['idempotent-replayed']).length, 1, answers.map((a) => a.status).join(' '));
		assert.equal(callsTo('/once-brief/ping').length, asked + 1);
	});

	// As a worker leaves it that was killed while it asked the buyers.
	const claim = (key, path, body, secondsAgo) => {
		const digest = (text) => createHash('sha256').update(text).digest('hex');
		const owner = sql(`SELECT CONCAT('seller:', id) FROM seller WHERE name = 'once'`)[0][0];

		sql(`INSERT INTO idempotency (owner, name, fingerprint, created_at) VALUES ('${owner}', '${key}',
			X'${digest(`POST ${path} ${digest(JSON.stringify(body))}`)}', UTC_TIMESTAMP(6) - INTERVAL ${secondsAgo} SECOND)`);
	};

	test('a key whose worker died is free again when no worker could still be at it', async () => {
		const key = fresh();
		const body = { campaign: 'once', lead: config.wholeLead() };

		claim(key, '/v1/lead', body, 2);
		expectProblem(await acme.lead(body, { 'Idempotency-Key': key }), 409);
		sql(`UPDATE idempotency SET created_at = created_at - INTERVAL 10 SECOND WHERE name = '${key}'`);
		const { lead_id } = expectStatus(await acme.lead(body, { 'Idempotency-Key': key }), 201);

		assert.equal(expectStatus(await acme.lead(body, { 'Idempotency-Key': key }), 201).lead_id, lead_id);
	});

	test('a worker that was paused, and whose key was taken over meanwhile, makes no second lead', async () => {
		const key = fresh();
		const body = { campaign: 'once-slow', lead: config.wholeLead() };
		const slow = acme.lead(body, { 'Idempotency-Key': key });
		const posted = callsTo('/once-slow/post').length;

		await eventually(() => assert.equal(sql(`SELECT COUNT(*) FROM idempotency WHERE name = '${key}' AND lead_id IS NULL`)[0][0], '1'));
		sql(`UPDATE idempotency SET created_at = created_at - INTERVAL 10 SECOND WHERE name = '${key}'`);
		const { lead_id } = expectStatus(await acme.lead(body, { 'Idempotency-Key': key }), 201);

		expectProblem(await slow, 409);
		assert.equal(callsTo('/once-slow/post').length, posted + 1);
		assert.equal(expectStatus(await acme.lead(body, { 'Idempotency-Key': key }), 201).lead_id, lead_id);
	});

	test('a post that comes to nothing frees its key', async () => {
		const { first_name, email, phone, ...early } = config.wholeLead();
		const ping = expectStatus(await acme.ping({ campaign: 'once-brief', lead: early }), 200);
		const body = { ping_id: ping.ping_id, lead: { ...early, first_name, email, phone }, reping: true };
		const keys = [fresh(), fresh()];

		await sleep(Math.max(0, Date.parse(ping.expires_at) - Date.now() + 50));
		const answers = await Promise.all(keys.map((key, i) => acme.sell({ ...body, lead: { ...body.lead, note: `copy ${i}` } }, { 'Idempotency-Key': key })));

		assert.deepEqual(answers.map((a) => a.status).sort(), [201, 409]);
		assert.equal(expectProblem(answers.find((a) => a.status === 409), 409).code, 'posted');
		assert.deepEqual(sql(`SELECT name FROM idempotency WHERE name IN ('${keys.join("', '")}')`), [[keys[answers.findIndex((a) => a.status === 201)]]]);
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
			assert.equal(nowPings - pings, door === 'sell' ? 0 : 1);
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
