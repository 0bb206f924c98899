// One buyer's troubles stay its own: circuits that open and close, calls in flight to one buyer, tiers for which no time is left.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { before, describe, test } from 'node:test';
import { expectStatus, ready, Seller, send } from './lib/api.mjs';
import { accepted, bid, callsTo, script } from './lib/buyers.mjs';
import * as config from './lib/config.mjs';
import { apply, eventually, guard, logs, newKey, sleep, sql } from './lib/system.mjs';

const counts = (answer) => Object.fromEntries(answer.reasons.map((r) => [r.code, r.count]));
const buyersOf = (answer) => answer.bids.map((b) => b.buyer.id);
const times = (n, make) => Array.from({ length: n }, (_, i) => make(i));

// Lines of every program's log that tell of this contract's circuit.
const told = (what, contract) => readdirSync(logs).flatMap((name) => readFileSync(path.join(logs, name), 'utf8').split('\n'))
	.filter((line) => line.includes(`"msg":"buyer.${what}`) && line.includes(`"contract":"${contract}"`));

describe('guard', () => {
	let acme;
	const ping = (campaign) => acme.ping({ campaign, lead: config.lead() });

	before(async () => {
		const campaigns = ['guard', 'guard-post', 'guard-late', 'guard-full'];
		// Its own time-out is longer than its campaign's, which is what it gets.
		const patient = { ping: config.pingStep('/guard-ill/ping', { timeout_ms: 5000 }) };
		const nowhere = { ...config.postStep('/x'), url: 'http://127.0.0.1:9/' };

		script('/guard-ill/ping', { stall: true });
		for (const key of ['guard-well', 'guard-next'])
			script(`/${key}/ping`, bid(5));
		script('/guard-gone/ping', bid(50));
		script('/guard-next/post', accepted());
		script('/guard-slow/ping', { stall: true });
		script('/guard-tier/ping', bid(9));
		script('/guard-full/ping', { ...bid(5), delay: 400 });
		script('/guard-free/ping', bid(4));
		await apply(config.document({ verticals: [config.vertical('guard')],
			campaigns: campaigns.map((key) => config.campaign(key, 'guard', { ping_timeout_ms: { guard: 300, 'guard-late': 300 }[key] ?? 800 })),
			sellers: [config.seller('guard', campaigns)],
			buyers: [config.simpleBuyer('guard-ill', 'guard', patient), config.simpleBuyer('guard-well', 'guard'),
				config.simpleBuyer('guard-gone', 'guard-post', { post: nowhere }), config.simpleBuyer('guard-next', 'guard-post'),
				config.simpleBuyer('guard-slow', 'guard-late'), config.simpleBuyer('guard-tier', 'guard-late', { tier: 2 }),
				config.buyer('guard-full', times(10, (i) => config.contract(`guard-full-${i}`, 'guard-full', { ping: config.pingStep('/guard-full/ping') }))),
				config.simpleBuyer('guard-free', 'guard-full')] }));
		acme = new Seller(newKey('guard'));
		await ready(acme);
	});

	test('a buyer that times out every time is rested, the others are asked as before, and it comes back when it answers', async () => {
		await eventually(async () => {
			for (const answer of await Promise.all(times(4, () => ping('guard'))))
				assert.deepEqual(buyersOf(expectStatus(answer, 200)), ['guard-well']);
			assert.equal(told('paused', 'guard-ill').length, 1);
		}, 20000);
		const asked = callsTo('/guard-ill/ping').length;
		const rested = (await Promise.all(times(10, () => ping('guard')))).map((answer) => expectStatus(answer, 200));

		assert.ok(asked <= guard.least + 8, `${asked} calls before it was rested`);
		assert.ok(callsTo('/guard-ill/ping').length <= asked + 1, 'not asked while it rests, but for a probe');
		assert.ok(rested.filter((answer) => counts(answer).circuit_open === 1).length >= 9, JSON.stringify(rested.map(counts)));
		for (const answer of rested)
			assert.deepEqual(buyersOf(answer), ['guard-well']);

		const why = expectStatus(await acme.get(`/v1/pings/${rested.at(-1).ping_id}/explain`), 200).contracts.find((c) => c.contract === 'guard-ill');

		assert.deepEqual([why.stage, why.ms].concat(why.code === 'circuit_open' ? [] : why.code), ['eligibility', null]);
		assert.match((await send('GET', '/metrics')).text, /^gavel_circuit_open\{contract="guard-ill",step="ping"\} 1$/m);
		await eventually(() => assert.deepEqual(sql("SELECT COUNT(*) FROM alert WHERE kind = 'buyer.paused' AND subject = 'contract:guard-ill:ping'"), [['1']]));
		script('/guard-ill/ping', bid(20));
		await eventually(async () => {
			assert.deepEqual(buyersOf(expectStatus(await ping('guard'), 200)), ['guard-ill', 'guard-well']);
			assert.equal(told('resumed', 'guard-ill').length, 1);
		}, guard.probeMs + 5000);
		for (const answer of await Promise.all(times(10, () => ping('guard'))))
			assert.deepEqual(buyersOf(expectStatus(answer, 200)), ['guard-ill', 'guard-well'], 'closed for all');
		assert.deepEqual([told('paused', 'guard-ill').length, told('resumed', 'guard-ill').length], [1, 1], 'each change is told once');
		assert.match((await send('GET', '/metrics')).text, /^gavel_circuit_open\{contract="guard-ill",step="ping"\} 0$/m);
	});

	test('who can\'t be posted to is passed over at the post, then not pinged', async () => {
		// Early pings whose best bid is the one that can't be sold.
		const early = await Promise.all(times(10, async () => expectStatus(await ping('guard-post'), 200)));
		const post = async (p) => expectStatus(await acme.sell({ ping_id: p.ping_id, lead: config.wholeLead() }), 201);
		let passed;

		assert.deepEqual(buyersOf(early[0]), ['guard-gone', 'guard-next']);
		for (let i = 0; i < guard.least + 10 && told('paused', 'guard-gone').length === 0; i++) {
			const sold = expectStatus(await acme.lead({ campaign: 'guard-post', lead: config.wholeLead() }), 201);

			assert.equal(sold.status, 'sold');
			assert.equal(sold.sales[0].buyer.id, 'guard-next', 'nothing was sent to the first, so the next may have the lead');
		}
		assert.equal(told('paused', 'guard-gone').length, 1);
		for (const p of early) {
			const answer = await post(p);

			assert.deepEqual([answer.status, answer.sales[0].buyer.id], ['sold', 'guard-next']);
			passed ??= answer.reasons.some((r) => r.code === 'circuit_open') ? answer : undefined;
		}
		assert.ok(passed, 'a post of an earlier ping passes the contract over');
		assert.equal(passed.sales.length, 1, 'without an attempt');

		const why = expectStatus(await acme.get(`/v1/leads/${passed.lead_id}/explain`), 200);

		assert.deepEqual(why.contracts.map((c) => [c.contract, c.code, c.stage]),
			[['guard-gone', 'circuit_open', 'eligibility'], ['guard-next', 'accepted', 'post']]);
		await eventually(async () => {
			const answer = expectStatus(await ping('guard-post'), 200);

			assert.deepEqual([buyersOf(answer), counts(answer).circuit_open], [['guard-next'], 1]);
		});
	});

	test('a tier for which too little time is left is not asked', async () => {
		const answer = await ping('guard-late');

		assert.deepEqual(counts(expectStatus(answer, 200)), { timeout: 1, ping_too_late: 1 });
		assert.equal(callsTo('/guard-tier/ping').length, 0);
	});

	test('calls in flight to one buyer are bounded; who asks others is not held up', async () => {
		// Each ping has ten calls for the one buyer, all of which take a while.
		const n = guard.calls / 10 + 4;
		const answers = (await Promise.all(times(n, () => ping('guard-full')))).map((answer) => expectStatus(answer, 200));
		const full = answers.reduce((sum, answer) => sum + (counts(answer).bulkhead_full ?? 0), 0);

		assert.ok(full > 0 && full <= 40, `${full} of ${n * 10} calls were too many`);
		assert.ok(answers.every((answer) => buyersOf(answer).includes('guard-free')));
		await sleep(100);
		const later = expectStatus(await ping('guard-full'), 200);

		assert.equal(counts(later).bulkhead_full, undefined, 'each call gave its place back');
	});
});
