// What a lead is worth before anybody bids: its score; and what a bid is worth when its buyer's history is weighed.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { before, describe, test } from 'node:test';
import { expectStatus, ready, Seller } from './lib/api.mjs';
import { accepted, bid, callsTo, rejected, script } from './lib/buyers.mjs';
import * as config from './lib/config.mjs';
import { apply, env, eventually, newKey, sql } from './lib/system.mjs';

const counts = (answer) => Object.fromEntries(answer.reasons.map((r) => [r.code, r.count]));
const bidders = (answer) => answer.bids.map((b) => b.buyer.id);
const now = { field: 'lead.note', op: 'eq', value: 'now' };
const scoring = { completeness: 52, source_quality: 28, intent: 20, intent_rules: [{ when: now, points: 15 },
	{ when: { field: 'source.sub1', op: 'prefix', value: 'paid-' }, points: 10 }, { when: { field: 'lead.note', op: 'eq', value: 'never' }, points: -50 }] };

/* A day that ends meanwhile makes yesterday's verdicts weigh a little less. */
function assertNear(list, wanted, by) {
	assert.ok(list.length === wanted.length && list.every((x, i) => Math.abs(x - wanted[i]) <= by), `${JSON.stringify(list)}, wanted ${wanted}`);
}

function count() {
	const run = spawnSync(path.join(env.GAVEL_BIN, 'gavel-jobs'), ['--once'], { encoding: 'utf8', env: { ...process.env, GAVEL_CONF: env.GAVEL_CONF,
		GAVEL_DATABASE__USER: 'gavel_jobs', GAVEL_DATABASE__PASSWORD_FILE: path.join(path.dirname(env.GAVEL_CONF), 'secrets/database-jobs') } });

	assert.equal(run.status, 0, run.stderr);
}

describe('score', () => {
	let acme;
	let poor;
	let operator;

	before(async () => {
		const keys = ['sc', 'sc-least', 'sc-source', 'sc-worth', 'sc-speed'];

		for (const [key, price] of [['sc-any', 10], ['sc-high', 20], ['sc-low', 5], ['sc-src', 9], ['sc-dear', 20], ['sc-true', 15], ['sc-slow', 10], ['sc-fast', 9.5]]) {
			script(`/${key}/ping`, bid(price));
			script(`/${key}/post`, accepted());
		}
		script('/sc-dear/post', rejected('no'));
		script('/sc-src/post', (call) => (call.json.zip === '10001' ? rejected('no') : accepted()));
		await apply(config.document({ verticals: [config.vertical('sc')],
			campaigns: [config.campaign('sc', 'sc', {}, { scoring }), config.campaign('sc-least', 'sc', {}, { scoring: { ...scoring, minimum: 50 } }),
				config.campaign('sc-source', 'sc', {}, { scoring: { source_quality: 100 } }),
				config.campaign('sc-worth', 'sc', { rank_by: 'expected_revenue' }), config.campaign('sc-speed', 'sc', { rank_by: 'expected_revenue' })],
			sellers: [config.seller('sc', keys), config.seller('sc-poor', keys)],
			buyers: [config.simpleBuyer('sc-any', 'sc'), config.simpleBuyer('sc-high', 'sc', { filters: [{ field: 'score', op: 'ge', value: 60 }] }),
				config.simpleBuyer('sc-low', 'sc-least'), config.simpleBuyer('sc-src', 'sc-source'), config.simpleBuyer('sc-dear', 'sc-worth'),
				config.simpleBuyer('sc-true', 'sc-worth'), config.simpleBuyer('sc-slow', 'sc-speed'), config.simpleBuyer('sc-fast', 'sc-speed')] }));
		acme = new Seller(newKey('sc'));
		poor = new Seller(newKey('sc-poor'));
		operator = new Seller(env.GAVEL_ADMIN_KEY);
		await ready(acme, poor);
	});

	const ping = async (campaign, lead = {}, more = {}, who = acme) => expectStatus(await who.ping({ campaign, lead: config.lead(lead), ...more }), 200);
	const lead = async (campaign, whole = {}, who = acme) => expectStatus(await who.lead({ campaign, lead: config.wholeLead(whole) }), 201);
	const rows = async (ping_id) => Object.fromEntries(expectStatus(await operator.get(`/v1/pings/${ping_id}/explain`), 200)
		.contracts.map((c) => [c.contract, c]));

	test('completeness, an unknown source at one half, and signs of intent', async () => {
		/* Thirteen fields are taken in a ping; the ZIP tells the state: three are filled, 12 of 52 points, and 14 for a source without history. */
		assert.equal((await ping('sc')).score, 26);
		assert.equal((await ping('sc', { age: 40, income: '50000.00' })).score, 34);
		assert.equal((await ping('sc', { note: 'now' })).score, 45, 'one more field, fifteen points');
		assert.equal((await ping('sc', { note: 'now' }, { source: { sub1: 'paid-1' } })).score, 50, 'twenty at the most');
		assert.equal((await ping('sc', { note: 'never' })).score, 30, 'not below zero');
		assert.equal((await ping('sc-worth')).score, null);
	});

	test('filters read the score, and the explanation tells it', async () => {
		const full = { age: 40, income: '5.00', home_owner: true, start: '2026-01-01', site: 'https://www.example.com/', note: 'now', currently_insured: false };
		const low = await ping('sc');
		const high = await ping('sc', full);

		assert.deepEqual(bidders(low), ['sc-any']);
		assert.deepEqual(counts(low), { filter_field: 1 });
		assert.equal(high.score, 40 + 14 + 15);
		assert.deepEqual(bidders(high), ['sc-high', 'sc-any']);
		assert.equal((await rows(low.ping_id))['sc-high'].rule, '/filters/0');
		assert.equal(expectStatus(await operator.get(`/v1/pings/${high.ping_id}/explain`), 200).score, 69);
	});

	test('a lead below the minimum is rejected, and nobody is asked', async () => {
		const asked = callsTo('/sc-low/ping').length;
		const answer = await ping('sc-least', { note: 'now' });
		const whole = await lead('sc-least');

		assert.equal(answer.status, 'rejected');
		assert.deepEqual([answer.score, answer.reasons], [45, [{ code: 'score_too_low', count: 1 }]]);
		assert.equal(whole.status, 'rejected');
		assert.deepEqual(whole.reasons, [{ code: 'score_too_low', count: 1 }]);
		assert.equal(callsTo('/sc-low/ping').length, asked);
		assert.equal((await ping('sc-least', { note: 'now' }, { source: { sub1: 'paid-2' } })).status, 'matched');
	});

	test('a source whose leads are kept is worth more than one whose leads are not', async () => {
		const scoreOf = async (who, sub1) => (await ping('sc-source', {}, sub1 === undefined ? {} : { source: { sub1 } }, who)).score;

		assert.deepEqual([await scoreOf(acme), await scoreOf(poor)], [50, 50]);
		for (let i = 0; i < 6; i++) {
			assert.equal((await lead('sc-source')).status, 'sold');
			assert.equal((await lead('sc-source', { zip: '10001' }, poor)).status, 'unsold');
		}
		await eventually(async () => {
			count();
			/* Of six, six: (2 + 6) / (4 + 6); the seller without a sub-source is a source again: (4 x 0.8 + 6) / (4 + 6). */
			assertNear([await scoreOf(acme), await scoreOf(acme, 'new'), await scoreOf(poor), await scoreOf(poor, 'new')], [92, 80, 8, 20], 2);
		}, 30000);
	});

	test('expected revenue: the dearer bid of a buyer that rejects comes second; both factors are told', async () => {
		const before = await ping('sc-worth');

		assert.deepEqual(bidders(before), ['sc-dear', 'sc-true'], 'without history by price');
		for (let i = 0; i < 6; i++)
			assert.equal((await lead('sc-worth')).sales[0].buyer.id, 'sc-true');
		await eventually(async () => {
			count();
			const after = await ping('sc-worth');
			const told = await rows(after.ping_id);

			assert.deepEqual(bidders(after), ['sc-true', 'sc-dear']);
			/* Six rejected: the contract's share is 8 / 16, with this seller 5 / 16. Six kept: 14 / 16, and with this seller 14.75 / 16. */
			assertNear([told['sc-dear'].acceptance, told['sc-true'].acceptance, told['sc-true'].speed], [5 / 16, 14.75 / 16, 1], 0.02);
			assertNear([told['sc-true'].rank_value], [15 * told['sc-true'].acceptance], 0.01);
			assert.equal(told['sc-true'].price, '12.00', 'the price is the bid\'s own');
		}, 30000);
		assert.deepEqual(bidders(await ping('sc-worth', {}, {}, poor)), ['sc-true', 'sc-dear'], 'the contract\'s own share counts for a seller it has not had');
	});

	test('a buyer whose verdicts come late is worth less', async () => {
		assert.deepEqual(bidders(await ping('sc-speed')), ['sc-slow', 'sc-fast']);
		for (let i = 0; i < 3; i++)
			assert.equal((await lead('sc-speed')).sales[0].buyer.id, 'sc-slow');
		sql(`INSERT INTO postback (buyer_id, event_hash, fingerprint, sale_id, status, at) SELECT buyer_id, UNHEX(SHA2(CONCAT(id, 'late'), 256)),
			UNHEX(SHA2(id, 256)), id, 'contacted', created_at + INTERVAL 20 DAY FROM sale WHERE contract_id = (SELECT id FROM contract WHERE name = 'sc-slow')`);
		await eventually(async () => {
			count();
			const after = await ping('sc-speed');
			const told = await rows(after.ping_id);

			assert.ok(told['sc-slow'].speed > 0.6 && told['sc-slow'].speed < 0.8, JSON.stringify(told['sc-slow']));
			assert.deepEqual(bidders(after), ['sc-fast', 'sc-slow']);
		}, 30000);
	});
});
