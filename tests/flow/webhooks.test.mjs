// What is sent to those who want to be told: shapes, signatures, the retry ladder, endpoints that are gone, runners that die.
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { before, describe, test } from 'node:test';
import { cookieOf, get as adminPage, signIn, tableOf } from './lib/admin.mjs';
import { expectStatus, idShape, ready, Seller } from './lib/api.mjs';
import { accepted, base, bid, callsTo, rejected, script } from './lib/buyers.mjs';
import * as config from './lib/config.mjs';
import { checkEvent } from './lib/contract.mjs';
import { jobsHow, killJobs, startJobs } from './lib/jobs.mjs';
import { lettersTo } from './lib/mailbox.mjs';
import { apply, ctl, eventually, logs, newKey, sql } from './lib/system.mjs';

const EVENTS = ['lead.sold', 'lead.unsold', 'lead.pending', 'sale.accepted', 'sale.rejected', 'sale.returned', 'sale.converted'];
// Seconds from the failure of one attempt to the next; up to a tenth may come on top.
const LADDER = [5, 300, 1800, 7200, 18000, 36000, 50400, 72000, 86400];
const LATE = 20000;

// Standard Webhooks, checked here from its description and not by the product's code.
const signature = (secret, call) => `v1,${createHmac('sha256', Buffer.from(secret.replace(/^whsec_/, ''), 'base64'))
	.update(`${call.headers['webhook-id']}.${call.headers['webhook-timestamp']}.${call.text}`).digest('base64')}`;

const secretOf = (seller) => ctl(['webhook-secret', 'show', seller]).out;
const eventsAt = (hook, lead) => callsTo(hook).map((c) => c.json).filter((e) => lead === undefined || e.data.lead_id === lead);
const typesAt = (hook, lead) => eventsAt(hook, lead).map((e) => e.type).sort();

async function told(hook, lead, types) {
	await eventually(() => assert.deepEqual(typesAt(hook, lead), [...types].sort()), LATE);
	eventsAt(hook, lead).forEach(checkEvent);
	return Object.fromEntries(eventsAt(hook, lead).map((e) => [e.type, e]));
}

const hex = (prefixed) => {
	const digits = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
	let n = 0n;

	for (const c of prefixed.slice(4))
		n = n * 32n + BigInt(digits.indexOf(c));
	return n.toString(16).padStart(32, '0').slice(-32);
};

const rowOf = (message) => {
	const [[state, step, wait, status, done, leased]] = sql(`SELECT state, step, TIMESTAMPDIFF(MICROSECOND, last_at, next_at) / 1e6, last_status,
		done_at IS NOT NULL, lease IS NOT NULL FROM webhook_delivery WHERE id = X'${hex(message)}'`);

	return { state: ['', 'waiting', 'delivered', 'failed'][state], step: Number(step), wait: Number(wait), status, done: done === '1', leased: leased === '1' };
};

const dueNow = (message) => sql(`UPDATE webhook_delivery SET next_at = UTC_TIMESTAMP(6) WHERE id = X'${hex(message)}'`);

describe('webhooks', () => {
	const sellers = {};

	before(async () => {
		const seller = (key, campaigns, hook, more = {}) => config.seller(key, campaigns,
			{ webhook: { url: `${base}/${hook}`, events: EVENTS }, ...more });

		script('/wh/ping', bid(20));
		script('/wh/post', accepted());
		script('/wh-no/ping', bid(30));
		script('/wh-no/post', rejected());
		script('/wh-lost/ping', bid(20));
		script('/wh-lost/post', { reset: true });
		for (const [n, price] of [[1, 20], [2, 10]]) {
			script(`/wh-again-${n}/ping`, bid(price));
			script(`/wh-again-${n}/post`, accepted());
		}
		script('/alerts', { status: 200 });
		for (const hook of ['all', 'none', 'few', 'fails', 'gone', 'slow', 'two', 'turned'])
			script(`/hook-${hook}`, { status: 204 });
		await apply(config.document({ verticals: [config.vertical('wh')],
			campaigns: ['wh', 'wh-none', 'wh-lost', 'wh-again'].map((key) => config.campaign(key, 'wh')),
			sellers: [seller('wh', ['wh', 'wh-none', 'wh-lost', 'wh-again'], 'hook-all'), seller('wh-alias', ['wh'], 'hook-none', { show_buyer: 'none' }),
				config.seller('wh-few', ['wh'], { webhook: { url: `${base}/hook-few`, events: ['lead.sold'] } }),
				seller('wh-fails', ['wh'], 'hook-fails'), seller('wh-gone', ['wh'], 'hook-gone'), seller('wh-slow', ['wh'], 'hook-slow'),
				...Array.from({ length: 6 }, (_, i) => seller(`wh-dead-${i}`, ['wh'], `hook-wh-dead-${i}`)), seller('wh-two', ['wh'], 'hook-two'), seller('wh-turned', ['wh'], 'hook-turned')],
			buyers: [config.simpleBuyer('wh', 'wh'), config.simpleBuyer('wh-no', 'wh'),
				config.simpleBuyer('wh-lost', 'wh-lost'), config.simpleBuyer('wh-again-1', 'wh-again'), config.simpleBuyer('wh-again-2', 'wh-again')] }));
		for (const key of ['wh', 'wh-alias', 'wh-few', 'wh-fails', 'wh-gone', 'wh-slow', 'wh-two', 'wh-turned', 'wh-dead-0', 'wh-dead-1', 'wh-dead-2',
			'wh-dead-3', 'wh-dead-4', 'wh-dead-5'])
			sellers[key] = new Seller(newKey(key));
		sellers.test = new Seller(newKey('wh', '--sandbox'));
		await ready(...Object.values(sellers));
	});

	async function sell(key, campaign = 'wh') {
		return expectStatus(await sellers[key].lead({ campaign, lead: config.wholeLead({ first_name: 'Quentin' }) }), 201);
	}

	test('a sale tells of the attempts and of the lead, signed, and holds nothing personal', async () => {
		const post = await sell('wh');
		const events = await told('/hook-all', post.lead_id, ['sale.rejected', 'sale.accepted', 'lead.sold']);
		const { type, timestamp, data, ...more } = events['lead.sold'];
		const sale = events['sale.accepted'].data;

		assert.equal(post.status, 'sold');
		assert.deepEqual([type, more], ['lead.sold', {}]);
		assert.match(timestamp, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
		assert.deepEqual(data, { lead_id: post.lead_id, ping_id: post.ping_id, campaign: 'wh', test: false, status: 'sold', payout: '16.00', currency: 'USD',
			sales: post.sales.map(({ redirect_url: _, ...s }) => s), reasons: post.reasons });
		assert.deepEqual(sale, { lead_id: post.lead_id, ping_id: post.ping_id, campaign: 'wh', test: false, sale_id: post.sales[0].sale_id,
			bid_id: post.sales[0].bid_id, buyer: { id: 'wh', name: 'Buyer wh' }, price: '16.00', currency: 'USD', sale: 'exclusive', status: 'accepted',
			reason: null });
		assert.deepEqual([events['sale.rejected'].data.status, events['sale.rejected'].data.reason, events['sale.rejected'].data.buyer.id],
			['rejected', 'rejected_duplicate', 'wh-no']);
		for (const call of callsTo('/hook-all')) {
			assert.equal(call.method, 'POST');
			assert.match(call.headers['content-type'], /^application\/json/);
			assert.match(call.headers['webhook-id'], idShape('msg'));
			assert.ok(Math.abs(Number(call.headers['webhook-timestamp']) - call.at / 1000) < 60);
			assert.equal(call.headers['webhook-signature'], signature(secretOf('wh'), call));
			assert.doesNotMatch(call.text, /Quentin|555|example\.com|90210/);
		}
	});

	test('a lead that nobody bought, one that nobody knows of, and what a buyer says later', async () => {
		const none = await sell('wh', 'wh-none');

		assert.equal((await told('/hook-all', none.lead_id, ['lead.unsold']))['lead.unsold'].data.status, 'unsold');

		const lost = await sell('wh', 'wh-lost');
		const secret = ctl(['postback-secret', 'show', 'wh-lost']).out;
		const sale = lost.sales[0].sale_id;
		const say = async (status) => {
			const body = JSON.stringify({ sale_id: sale, status });
			const call = { headers: { 'webhook-id': `pb-${sale}-${status}`, 'webhook-timestamp': String(Math.floor(Date.now() / 1000)) }, text: body };

			expectStatus(await sellers.wh.post('/v1/postback/wh-lost', body, { ...call.headers, 'webhook-signature': signature(secret, call) }), 200);
		};

		assert.equal((await told('/hook-all', lost.lead_id, ['lead.pending']))['lead.pending'].data.sales[0].status, 'pending');
		await say('accepted');
		assert.equal((await told('/hook-all', lost.lead_id, ['lead.pending', 'sale.accepted', 'lead.sold']))['lead.sold'].data.payout, '16.00');
		await say('converted');
		await told('/hook-all', lost.lead_id, ['lead.pending', 'sale.accepted', 'lead.sold', 'sale.converted']);
	});

	test('a lead that is sold again is told of at each turn', async () => {
		const post = await sell('wh', 'wh-again');
		const secret = ctl(['postback-secret', 'show', 'wh-again-1']).out;
		const body = JSON.stringify({ sale_id: post.sales[0].sale_id, status: 'rejected', reason: 'dup' });
		const call = { headers: { 'webhook-id': `pb-${post.sales[0].sale_id}`, 'webhook-timestamp': String(Math.floor(Date.now() / 1000)) }, text: body };

		expectStatus(await sellers.wh.post('/v1/postback/wh-again-1', body, { ...call.headers, 'webhook-signature': signature(secret, call) }), 200);
		await told('/hook-all', post.lead_id, ['sale.accepted', 'lead.sold', 'sale.rejected', 'lead.pending', 'sale.accepted', 'lead.sold']);
		const sold = eventsAt('/hook-all', post.lead_id).filter((e) => e.type === 'lead.sold').sort((a, b) => (a.timestamp < b.timestamp ? -1 : 1));

		assert.deepEqual(sold.map((e) => e.data.sales.filter((s) => s.status === 'accepted').map((s) => s.buyer.id)), [['wh-again-1'], ['wh-again-2']]);
		assert.equal(sold[1].data.payout, '8.00');
	});

	test('a seller gets what it asked for, and sees what it may', async () => {
		const few = await sell('wh-few');
		const alias = await sell('wh-alias');

		await told('/hook-few', few.lead_id, ['lead.sold']);
		const events = await told('/hook-none', alias.lead_id, ['sale.rejected', 'sale.accepted', 'lead.sold']);

		assert.equal(events['sale.accepted'].data.buyer, null);
		assert.deepEqual(events['lead.sold'].data.sales.map((s) => s.buyer), [null, null]);
		assert.doesNotMatch(JSON.stringify(events), /Buyer wh/);
	});

	test('the sandbox\'s leads are told of as tests', async () => {
		const post = expectStatus(await sellers.test.lead({ campaign: 'wh', lead: config.wholeLead({ zip: '00001' }) }), 201);
		const events = await told('/hook-all', post.lead_id, ['sale.accepted', 'lead.sold']);

		assert.deepEqual([events['lead.sold'].data.test, events['sale.accepted'].data.test], [true, true]);
	});

	test('a receiver that fails nine times and then answers has each event, at the ladder\'s times', async () => {
		const calls = () => callsTo('/hook-fails');
		const ofMessage = (id) => calls().filter((c) => c.headers['webhook-id'] === id);

		script('/hook-fails', (call) => {
			const n = ofMessage(call.headers['webhook-id']).length;

			return n <= 9 ? [{ status: 500 }, { status: 404 }, { status: 302, headers: { Location: `${base}/hook-all` } }, { status: 503 }][n % 4] : { status: 200 };
		});
		const post = await sell('wh-fails');

		await eventually(() => assert.equal(new Set(calls().map((c) => c.headers['webhook-id'])).size, 3), LATE);
		const ids = [...new Set(calls().map((c) => c.headers['webhook-id']))];

		for (let step = 1; step <= 9; step++) {
			for (const id of ids) {
				const row = await eventually(() => {
					const r = rowOf(id);

					assert.deepEqual([r.state, r.step, r.leased, r.done], ['waiting', step, false, false], id);
					return r;
				}, LATE);

				assert.ok(row.wait >= LADDER[step - 1] && row.wait <= LADDER[step - 1] * 1.1, `after ${step} failures again in ${row.wait} s`);
			}
			ids.forEach(dueNow);
		}
		for (const id of ids) {
			await eventually(() => assert.deepEqual([rowOf(id).state, rowOf(id).step], ['delivered', 10]), LATE);
			assert.equal(ofMessage(id).length, 10);
			assert.equal(new Set(ofMessage(id).map((c) => c.text)).size, 1, 'every attempt says the same');
			assert.equal(sql(`SELECT COUNT(*) FROM webhook_attempt WHERE delivery_id = X'${hex(id)}'`)[0][0], '10');
		}
		for (const call of calls())
			assert.equal(call.headers['webhook-signature'], signature(secretOf('wh-fails'), call));
		assert.deepEqual([...new Set(typesAt('/hook-fails', post.lead_id))].sort(), ['lead.sold', 'sale.accepted', 'sale.rejected']);
		assert.ok(!callsTo('/hook-all').some((c) => c.method === 'GET'), 'no redirect was followed');
	});

	test('the tenth failure is the last', async () => {
		script('/hook-turned', { status: 503 });
		const post = await sell('wh-turned');
		const id = (await eventually(() => {
			const c = callsTo('/hook-turned').find((x) => x.json.type === 'lead.sold' && x.json.data.lead_id === post.lead_id);

			assert.ok(c);
			return c;
		}, LATE)).headers['webhook-id'];

		sql(`UPDATE webhook_delivery SET step = 9, next_at = UTC_TIMESTAMP(6) WHERE id = X'${hex(id)}'`);
		await eventually(() => assert.deepEqual([rowOf(id).state, rowOf(id).done], ['failed', true]), LATE);
		script('/hook-turned', { status: 200 });
		ctl(['webhook', 'resend', id]);
		await eventually(() => assert.equal(rowOf(id).state, 'delivered'), LATE);
	});

	test('an endpoint that answers 410 is switched off, the operator is told, and enabled it has what it missed', async () => {
		script('/hook-gone', { status: 410 });
		await sell('wh-gone');
		await eventually(() => {
			const [row] = JSON.parse(ctl(['webhook', 'endpoints', '--json']).out).filter((e) => e.endpoint === 'seller:wh-gone');

			assert.deepEqual([row.state, row.reason], ['disabled', 'it answered 410 Gone']);
		}, LATE);
		await eventually(() => {
			const alert = callsTo('/alerts').find((c) => c.json.type === 'endpoint.disabled');

			assert.equal(alert.json.data.subject, 'seller:wh-gone');
			assert.equal(alert.headers['webhook-signature'], signature(ctl(['webhook-secret', 'show', '--alerts']).out, alert));
			assert.ok(lettersTo('operator@example.com').some((l) => /Subject: Gavel: endpoint.disabled seller:wh-gone/.test(l.text)));
		}, LATE);
		const page = await adminPage('/admin/health', cookieOf(await signIn()));

		assert.deepEqual(tableOf(page, 'endpoints').find((r) => r[0] === 'seller:wh-gone').slice(1, 2), ['switched off it answered 410 Gone']);
		assert.match(readFileSync(path.join(logs, 'jobs.log'), 'utf8'), /a webhook is disabled: it answered 410 Gone/);
		// Whatever was on its way when it answered has ended by now.
		await eventually(() => assert.equal(sql(`SELECT COUNT(*) FROM webhook_delivery WHERE lease IS NOT NULL`)[0][0], '0'), LATE);

		const calls = callsTo('/hook-gone').length;
		const later = await sell('wh-gone');

		await eventually(() => assert.equal(JSON.parse(ctl(['webhook', 'list', '--lead', later.lead_id, '--json']).out).length, 3), LATE);
		assert.equal(callsTo('/hook-gone').length, calls, 'nothing is sent there any more');
		script('/hook-gone', { status: 200 });
		ctl(['webhook', 'enable', 'wh-gone']);
		await told('/hook-gone', later.lead_id, ['sale.rejected', 'sale.accepted', 'lead.sold']);
	});

	test('rotated, both secrets sign for a day', async () => {
		const old = secretOf('wh-two');
		const fresh = ctl(['webhook-secret', 'rotate', 'wh-two']).out;
		const one = await sell('wh-two');

		await told('/hook-two', one.lead_id, ['sale.rejected', 'sale.accepted', 'lead.sold']);
		for (const call of callsTo('/hook-two'))
			assert.equal(call.headers['webhook-signature'], `${signature(fresh, call)} ${signature(old, call)}`);
		sql('UPDATE signing_secret SET updated_at = updated_at - INTERVAL 25 HOUR WHERE owner = \'wh-two\'');

		const two = await sell('wh-two');

		await told('/hook-two', two.lead_id, ['sale.rejected', 'sale.accepted', 'lead.sold']);
		for (const call of callsTo('/hook-two').filter((c) => c.json.data.lead_id === two.lead_id))
			assert.equal(call.headers['webhook-signature'], signature(fresh, call));
	});

	test('one that can\'t be signed climbs the ladder, and goes out once it can', async () => {
		const turn = () => sql("UPDATE signing_secret SET sealed = REVERSE(sealed) WHERE owner_kind = 'seller_webhook' AND owner = 'wh-two'");

		let closed = true;

		turn();
		try {
			const post = await sell('wh-two');
			const rows = () => JSON.parse(ctl(['webhook', 'list', '--lead', post.lead_id, '--json']).out);

			await eventually(() => {
				assert.equal(rows().length, 3);
				for (const m of rows()) {
					const row = rowOf(m.id);

					assert.match(m.last_error ?? '', /^could not be made: /);
					assert.deepEqual([row.state, row.leased], ['waiting', false]);
					assert.ok(row.wait >= LADDER[row.step - 1] && row.wait <= LADDER[row.step - 1] * 1.1);
				}
			}, LATE);
			turn();
			closed = false;
			rows().forEach((m) => dueNow(m.id));
			await told('/hook-two', post.lead_id, ['sale.rejected', 'sale.accepted', 'lead.sold']);
		} finally {
			if (closed)
				turn();
		}
	});

	test('a runner killed between sending and recording sends again under the same id; another runner loses nothing', async () => {
		const how = jobsHow();

		script('/hook-slow', { delay: 4000, status: 200 });
		const post = await sell('wh-slow');

		await eventually(() => assert.equal(callsTo('/hook-slow').length, 3), LATE);
		await killJobs();
		script('/hook-slow', { status: 200 });
		startJobs(how);
		const second = startJobs(how, { keep: false });

		try {
			assert.deepEqual(sql(`SELECT DISTINCT state, lease IS NULL FROM webhook_delivery WHERE lead_id = X'${hex(post.lead_id)}'`), [['1', '0']]);
			// What the dead one held comes due when its lease ends; here it ends now.
			sql(`UPDATE webhook_delivery SET next_at = UTC_TIMESTAMP(6) WHERE lead_id = X'${hex(post.lead_id)}'`);
			await eventually(() => assert.deepEqual(sql(`SELECT state, COUNT(*) FROM webhook_delivery WHERE lead_id = X'${hex(post.lead_id)}' GROUP BY state`),
				[['2', '3']]), LATE);
			const ids = callsTo('/hook-slow').map((c) => c.headers['webhook-id']);

			assert.deepEqual([ids.length, new Set(ids).size], [6, 3], 'each once more, under its id');

			const leads = await Promise.all(Array.from({ length: 20 }, () => sell('wh-slow')));

			for (const { lead_id: lead } of leads)
				await told('/hook-slow', lead, ['sale.rejected', 'sale.accepted', 'lead.sold']);
		} finally {
			await killJobs(second);
		}
	});

	test('receivers that never answer hold up nobody else', async () => {
		const dead = Array.from({ length: 6 }, (_, i) => `wh-dead-${i}`);

		for (const key of dead)
			script(`/hook-${key}`, { stall: true });
		await Promise.all(dead.flatMap((key) => Array.from({ length: 4 }, () => sell(key))));
		await eventually(() => dead.forEach((key) => assert.ok(callsTo(`/hook-${key}`).length > 0, key)), LATE);
		const from = Date.now();
		const post = await sell('wh-few');

		await told('/hook-few', post.lead_id, ['lead.sold']);
		assert.ok(Date.now() - from < 10000, `${Date.now() - from} ms`);
		sql("UPDATE webhook_delivery d JOIN webhook_endpoint e ON e.id = d.endpoint_id SET d.state = 3, d.done_at = UTC_TIMESTAMP(6) WHERE e.owner LIKE 'wh-dead%'");
	});
});
