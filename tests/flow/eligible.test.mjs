// Who is asked at all: tiers, schedules, sources, consent, the lead's age, long lists; each refusal with its code and its rule.
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { expectStatus, ready, Seller } from './lib/api.mjs';
import { accepted, bid, callsTo, noBid, rejected, script } from './lib/buyers.mjs';
import * as config from './lib/config.mjs';
import { apply, env, newKey } from './lib/system.mjs';

const zone = 'America/Los_Angeles';
const days = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];
const counts = (answer) => Object.fromEntries(answer.reasons.map((r) => [r.code, r.count]));
const buyers = (answer) => answer.bids.map((b) => b.buyer.id);

// The zone's wall clock, so many hours from now.
function local(hours = 0) {
	const at = new Date(Date.now() + hours * 3600000);
	const parts = Object.fromEntries(new Intl.DateTimeFormat('en-US', { timeZone: zone, hourCycle: 'h23', weekday: 'short', hour: '2-digit',
		year: 'numeric', month: '2-digit', day: '2-digit' }).formatToParts(at).map((p) => [p.type, p.value]));

	return { day: parts.weekday.toLowerCase(), hour: `${parts.hour}:00`, date: `${parts.year}-${parts.month}-${parts.day}` };
}

// A window from two hours ago until three hours from now, over midnight too: it belongs to the day it begins on.
const now = { days: [local(-2).day], from: local(-2).hour, to: local(3).hour };
const notNow = { days: [days[(days.indexOf(local(-2).day) + 3) % 7]], from: now.from, to: now.to };

// Contract: [more of it, what it is told: a code and the pointer of its rule].
const contracts = {
	'el-open': [{ schedule: { timezone: zone, open: [now] } }],
	'el-day': [{ schedule: { timezone: zone, open: [notNow] } }, 'schedule_closed', '/schedule'],
	'el-never': [{ schedule: { timezone: zone, open: [] } }, 'schedule_closed', '/schedule'],
	'el-date': [{ schedule: { timezone: zone, closed_dates: [local(-1).date, local().date, local(1).date] } }, 'schedule_closed', '/schedule'],
	'el-hour': [{ schedule: { timezone: zone, open: [now] }, filters: [{ field: 'hour', op: 'in', value: [Number(local().hour.slice(0, 2)),
		Number(local(1).hour.slice(0, 2))] }] }],
	'el-allow': [{ sources: { allow: ['el/fb-1', 'el-other'] } }],
	'el-allow-not': [{ sources: { allow: ['el/fb-2', 'el-other'] } }, 'source_blocked', '/sources/allow'],
	'el-block': [{ sources: { block: ['el-other', 'el/fb-1'] } }, 'source_blocked', '/sources/block/1'],
	'el-block-all': [{ sources: { block: ['el'] } }, 'source_blocked', '/sources/block/0'],
	'el-block-not': [{ sources: { block: ['el/fb-2'] } }],
	'el-young': [{ filters: [{ field: 'lead_age_s', op: 'le', value: 3600 }] }],
	'el-old': [{ filters: [{ field: 'lead_age_s', op: 'le', value: 60 }] }, 'lead_too_old', '/filters/0'],
	'el-aged': [{ filters: [{ field: 'lead_age_s', op: 'ge', value: 86400 }] }, 'filter_field', '/filters/0'],
	'el-list': [{ filters: [{ field: 'lead.zip', op: 'in_list', value: 'el_zips' }] }],
	'el-list-not': [{ filters: [{ not: { field: 'lead.zip', op: 'in_list', value: 'el_zips' } }] }, 'filter_geo', '/filters/0'],
};

describe('eligible', () => {
	let acme;
	let operator;

	before(async () => {
		for (const key of Object.keys(contracts))
			script(`/${key}/ping`, bid(10));
		script('/el-t1a/ping', (call) => (call.json.zip === '10001' ? noBid() : bid(10)));
		script('/el-t1b/ping', (call) => (call.json.zip === '10001' ? { stall: true } : bid(9)));
		script('/el-t2/ping', bid(40));
		script('/el-t5/ping', bid(50));
		script('/el-t1a/post', rejected('bad phone'));
		script('/el-t1b/post', rejected('bad phone'));
		script('/el-t2/post', rejected('bad phone'));
		script('/el-t5/post', accepted());
		for (const key of ['el-c1', 'el-c2']) {
			script(`/${key}/ping`, bid(key === 'el-c1' ? 20 : 10));
			script(`/${key}/post`, accepted());
		}
		await apply(config.document({ verticals: [config.vertical('el')],
			lists: { el_zips: Array.from({ length: 100000 }, (_, i) => String(i).padStart(5, '0')).filter((zip) => zip !== '90211') },
			campaigns: [config.campaign('el', 'el'), config.campaign('el-tiers', 'el', { ping_timeout_ms: 1500 }),
				config.campaign('el-consent', 'el', {}, { consent: { require: ['tcpa', 'text', 'trustedform'], gpc: 'block' } }),
				config.campaign('el-named', 'el')],
			sellers: [config.seller('el', ['el', 'el-tiers', 'el-consent', 'el-named']), config.seller('el-other', ['el'])],
			buyers: [...Object.entries(contracts).map(([key, [more]]) => config.simpleBuyer(key, 'el', more)),
				config.simpleBuyer('el-t1a', 'el-tiers'), config.simpleBuyer('el-t1b', 'el-tiers', { ping: config.pingStep('/el-t1b/ping', { timeout_ms: 200 }) }),
				config.simpleBuyer('el-t2', 'el-tiers', { tier: 2 }), config.simpleBuyer('el-t5', 'el-tiers', { tier: 5 }),
				config.simpleBuyer('el-c0', 'el-consent', { ping: config.pingStep('/el-c1/ping'), post: config.postStep('/el-c1/post') }),
				config.simpleBuyer('el-c1', 'el-named'), config.simpleBuyer('el-c2', 'el-named')] }));
		acme = new Seller(newKey('el'));
		operator = new Seller(env.GAVEL_ADMIN_KEY);
		await ready(acme);
	});

	test('schedules, sources, age and a list of 100,000: who may buy is asked, and everybody else is told why', async () => {
		const answer = expectStatus(await acme.ping({ campaign: 'el', lead: config.lead(), source: { sub1: 'fb-1' },
			event: { created_at: new Date(Date.now() - 600000).toISOString() } }), 200);
		const told = Object.entries(contracts).filter(([, [, code]]) => code !== undefined);
		const wanted = {};

		assert.deepEqual(buyers(answer).sort(), Object.keys(contracts).filter((key) => contracts[key][1] === undefined).sort());
		for (const [, [, code]] of told)
			wanted[code] = (wanted[code] ?? 0) + 1;
		assert.deepEqual(counts(answer), { ...wanted, outbid: answer.bids.length - 1 });
		for (const [key] of told)
			assert.equal(callsTo(`/${key}/ping`).length, 0, `${key} was asked`);
		const why = expectStatus(await operator.get(`/v1/pings/${answer.ping_id}/explain`), 200);

		for (const [key, [, code, rule]] of told) {
			const row = why.contracts.find((r) => r.contract === key);

			assert.deepEqual([row.code, row.stage, row.rule], [code, 'eligibility', rule], key);
		}
	});

	test('a ZIP that the long list lacks', async () => {
		const answer = expectStatus(await acme.ping({ campaign: 'el', lead: config.lead({ zip: '90211' }), source: { sub1: 'fb-1' } }), 200);

		assert.equal(buyers(answer).includes('el-list'), false);
		assert.equal(buyers(answer).includes('el-list-not'), true);
	});

	test('a tier is asked when those before it sold nothing; later ones are not reached', async () => {
		const asked = () => ['el-t1a', 'el-t1b', 'el-t2', 'el-t5'].map((key) => callsTo(`/${key}/ping`).length);
		const first = expectStatus(await acme.ping({ campaign: 'el-tiers', lead: config.lead() }), 200);

		assert.deepEqual(buyers(first), ['el-t1a', 'el-t1b']);
		assert.deepEqual(counts(first), { outbid: 1, tier_not_reached: 2 });
		assert.deepEqual(asked(), [1, 1, 0, 0]);
		const second = expectStatus(await acme.ping({ campaign: 'el-tiers', lead: config.lead({ zip: '10001' }) }), 200);

		assert.deepEqual(buyers(second), ['el-t2']);
		assert.deepEqual(counts(second), { no_bid: 1, timeout: 1, tier_not_reached: 1 });
		assert.deepEqual(asked(), [2, 2, 1, 0]);
	});

	test('when a tier rejects the lead, it goes down the tiers', async () => {
		const post = expectStatus(await acme.lead({ campaign: 'el-tiers', lead: config.wholeLead() }), 201);

		assert.equal(post.status, 'sold');
		assert.deepEqual(post.sales.map((s) => [s.buyer.id, s.status]),
			[['el-t5', 'accepted'], ['el-t1a', 'rejected'], ['el-t1b', 'rejected'], ['el-t2', 'rejected']]);
	});

	test('consent that is required and not there; a ping needs no text and takes the ping\'s certificate', async () => {
		const consent = { tcpa: true, trustedform_ping_url: 'https://ping.example.com/1' };
		const whole = { ...consent, trustedform_cert_url: 'https://cert.example.com/1', text: 'I agree.' };
		const ping = async (given) => expectStatus(await acme.ping({ campaign: 'el-consent', lead: config.lead(), consent: given }), 200);
		const lead = async (given) => expectStatus(await acme.lead({ campaign: 'el-consent', lead: config.wholeLead(), consent: given }), 201);

		for (const given of [undefined, {}, { ...consent, tcpa: false }, { tcpa: true }]) {
			const answer = await ping(given);

			assert.equal(answer.status, 'rejected');
			assert.deepEqual(answer.bids, []);
			assert.deepEqual(answer.reasons, [{ code: 'consent_missing', count: 1 }]);
		}
		assert.equal((await ping(consent)).status, 'matched');
		assert.deepEqual((await lead(consent)).reasons, [{ code: 'consent_missing', count: 1 }]);
		assert.deepEqual((await lead({ ...whole, text: ' ' })).reasons, [{ code: 'consent_missing', count: 1 }]);
		assert.equal((await lead(whole)).status, 'sold');
	});

	test('Global Privacy Control blocks where the campaign says so, and is recorded elsewhere', async () => {
		const consent = { tcpa: true, trustedform_cert_url: 'https://cert.example.com/1', text: 'I agree.', gpc: true };
		const blocked = expectStatus(await acme.ping({ campaign: 'el-consent', lead: config.lead(), consent }), 200);
		const post = expectStatus(await acme.lead({ campaign: 'el-consent', lead: config.wholeLead(), consent }), 201);

		assert.equal(blocked.status, 'rejected');
		assert.deepEqual(blocked.reasons, [{ code: 'gpc_block', count: 1 }]);
		assert.equal(post.status, 'rejected');
		assert.deepEqual(post.sales, []);
		assert.equal(expectStatus(await acme.ping({ campaign: 'el-named', lead: config.lead(), consent }), 200).status, 'matched');
	});

	test('a consent that comes with the post is the one that counts', async () => {
		const ping = expectStatus(await acme.ping({ campaign: 'el-consent', lead: config.lead(),
			consent: { tcpa: true, trustedform_ping_url: 'https://ping.example.com/1' } }), 200);
		const post = expectStatus(await acme.sell({ ping_id: ping.ping_id, lead: config.wholeLead() }), 201);

		assert.equal(post.status, 'rejected');
		assert.deepEqual(post.reasons, [{ code: 'consent_missing', count: 1 }]);
	});

	test('a consent by name: only those named are asked', async () => {
		const asked = callsTo('/el-c1/ping').length;
		const answer = expectStatus(await acme.ping({ campaign: 'el-named', lead: config.lead(), consent: { buyers: ['el-c2'] } }), 200);
		const none = expectStatus(await acme.ping({ campaign: 'el-named', lead: config.lead(), consent: { buyers: ['nobody'] } }), 200);

		assert.deepEqual(buyers(answer), ['el-c2']);
		assert.deepEqual(counts(answer), { consent_missing: 1 });
		assert.equal(callsTo('/el-c1/ping').length, asked);
		assert.equal(none.status, 'rejected');
		assert.deepEqual(counts(none), { consent_mismatch: 1 });
	});

	test('a consent by name in the post: the lead goes to the best of those named, and to nobody else', async () => {
		const ping = async () => expectStatus(await acme.ping({ campaign: 'el-named', lead: config.lead() }), 200);
		const sent = callsTo('/el-c1/post').length;
		const one = await ping();
		const two = await ping();

		assert.deepEqual(buyers(one), ['el-c1', 'el-c2']);
		const sold = expectStatus(await acme.sell({ ping_id: one.ping_id, lead: config.wholeLead(), consent: { buyers: ['el-c2'] } }), 201);

		assert.deepEqual(sold.sales.map((s) => [s.buyer.id, s.status]), [['el-c2', 'accepted']]);
		assert.deepEqual(counts(sold), { consent_missing: 1 });
		const refused = expectStatus(await acme.sell({ ping_id: two.ping_id, lead: config.wholeLead(), consent: { buyers: ['nobody'] } }), 201);

		assert.equal(refused.status, 'rejected');
		assert.deepEqual(counts(refused), { consent_mismatch: 1 });
		assert.equal(callsTo('/el-c1/post').length, sent);

		const why = async (id) => expectStatus(await acme.get(`/v1/leads/${id}/explain`), 200).contracts.map((c) => [c.contract, c.code, c.stage]);

		assert.deepEqual(await why(sold.lead_id), [['el-c1', 'consent_missing', 'eligibility'], ['el-c2', 'accepted', 'post']]);
		assert.deepEqual(await why(refused.lead_id), [['el-c1', 'consent_mismatch', 'screening'], ['el-c2', 'consent_mismatch', 'screening']]);
	});
});
