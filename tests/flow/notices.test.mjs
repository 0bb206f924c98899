// Who else is told: affiliates of the sales of their clicks, bidders that they lost, the operator of caps, funds and circuits; and what an
// operator sees and does about it.
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { before, describe, test } from 'node:test';
import { expectProblem, expectStatus, idShape, ready, Seller, send } from './lib/api.mjs';
import { accepted, base, bid, callsTo, rejected, script } from './lib/buyers.mjs';
import * as config from './lib/config.mjs';
import { lettersTo } from './lib/mailbox.mjs';
import { apply, ctl, env, eventually, newKey, sleep, sql } from './lib/system.mjs';

const LATE = 20000;
const notice = (key) => ({ method: 'POST', url: `${base}/${key}/lost`, headers: { 'X-Token': '{{secret.token}}' },
	body: { json: { ref: '{{ping.ref}}', lead: '{{lead_id}}', bid: '{{bid.price}}', zip: '{{lead.zip}}', sub: '{{source.sub1}}' } } });
const alerts = (type, subject) => callsTo('/alerts').map((c) => c.json).filter((e) => e.type === type && e.data.subject === subject);

describe('notices', () => {
	const operator = new Seller(env.GAVEL_ADMIN_KEY);
	let acme;

	before(async () => {
		script('/alerts', { status: 200 });
		script('/no/ping', bid(20));
		script('/no/post', accepted());
		script('/no-2/ping', bid(10));
		script('/no-2/post', accepted());
		script('/no-2/lost', { status: 200, json: {} });
		script('/no-3/ping', bid(30));
		script('/no-3/post', rejected());
		script('/no-3/lost', { status: 200, json: {} });
		script('/no-4/ping', { json: { status: 'none' } });
		script('/no-4/lost', { status: 200, json: {} });
		script('/no-cap/ping', bid(20));
		script('/no-cap/post', accepted());
		script('/track', { status: 200 });
		script('/hook-no', { status: 200 });
		await apply(config.document({ verticals: [config.vertical('no')],
			campaigns: [config.campaign('no', 'no'), config.campaign('no-cap', 'no'), config.campaign('no-none', 'no')],
			sellers: [config.seller('no', ['no', 'no-cap', 'no-none'], { webhook: { url: `${base}/hook-no`, events: ['lead.unsold'] } })],
			channels: [
				{ key: 'no-aff', name: 'Affiliate', affiliate: 'partner', campaign: 'no', landing_url: 'https://www.example.com/quote',
					cost: { type: 'revshare', percent: '25' },
					postback_url: `${base}/track?cid={{click.id}}&payout={{sale.payout | url}}&s={{sale.status}}&sub={{click.sub1}}&tx={{sale.id}}&l={{lead_id}}` },
				{ key: 'no-mute', name: 'Mute', affiliate: 'partner', campaign: 'no', landing_url: 'https://www.example.com/quote' }],
			buyers: [config.simpleBuyer('no', 'no'), config.simpleBuyer('no-2', 'no', { loss_notice: notice('no-2') }),
				config.simpleBuyer('no-3', 'no', { loss_notice: notice('no-3') }), config.simpleBuyer('no-4', 'no', { loss_notice: notice('no-4') }),
				config.buyer('no-cap', [config.contract('no-cap', 'no-cap', { caps: [{ on: 'sold', per: 'day', leads: 5, spend: '1000.00' }] })],
					{ funding: { mode: 'prepaid' } })] }));
		ctl(['secret', 'set', 'no-2', 'token'], { input: 'loser-token' });
		acme = new Seller(newKey('no'));
		await ready(acme);
		await sleep(1100);
	});

	async function sell(campaign = 'no', source = {}, seller = acme) {
		return expectStatus(await seller.lead({ campaign, lead: config.wholeLead(), source }), 201);
	}

	async function click(channel, sub) {
		const answer = await send('GET', `/c/${channel}?s1=${encodeURIComponent(sub)}`);

		assert.equal(answer.status, 302);
		return new URL(answer.headers.location).searchParams.get('click_id');
	}

	test('an affiliate hears of the sale of its click and of its conversion, with what it earns', async () => {
		const id = await click('no-aff', 'a b&c');
		const post = await sell('no', { click_id: id });
		const calls = () => callsTo('/track').filter((c) => c.url.includes(id)).map((c) => [c.method, Object.fromEntries(new URL(c.url, base).searchParams)]);
		const sold = ['GET', { cid: id, payout: '5.00', s: 'accepted', sub: 'a b&c', tx: post.sales[0].sale_id, l: post.lead_id }];

		await eventually(() => assert.deepEqual(calls(), [sold]), LATE);

		const body = JSON.stringify({ sale_id: post.sales[0].sale_id, status: 'converted' });
		const at = String(Math.floor(Date.now() / 1000));
		const secret = Buffer.from(ctl(['postback-secret', 'show', 'no']).out.slice(6), 'base64');

		expectStatus(await acme.post('/v1/postback/no', body, { 'webhook-id': `no-${at}`, 'webhook-timestamp': at,
			'webhook-signature': `v1,${createHmac('sha256', secret).update(`no-${at}.${at}.${body}`).digest('base64')}` }), 200);
		await eventually(() => assert.deepEqual(calls(), [sold, ['GET', { ...sold[1], s: 'converted' }]]), LATE);
	});

	test('a channel without a postback, a lead without a click and the sandbox tell nobody', async () => {
		const before = callsTo('/track').length;
		const test = new Seller(newKey('no', '--sandbox'));

		await ready(test);
		await sell('no', { click_id: await click('no-mute', 'x') });
		await sell();
		await sell('no', { click_id: await click('no-aff', 'x') }, test);
		// What comes after them has been told of, so they have been looked at.
		await sell('no-none');
		await eventually(() => assert.ok(callsTo('/hook-no').length >= 1), LATE);
		await eventually(() => assert.deepEqual(sql('SELECT COUNT(*) FROM outbox'), [['0']]), LATE);
		assert.equal(callsTo('/track').length, before);
	});

	test('who bid and lost is told once, in words that a ping may hold; who did not bid, or had the lead and rejected it, is not', async () => {
		const post = await sell('no', { sub1: 'fb-7' });
		const lost = () => callsTo('/no-2/lost').filter((c) => c.json.lead === post.lead_id);

		await eventually(() => assert.equal(lost().length, 1), LATE);
		assert.deepEqual(lost()[0].json, { ref: 'r-1', lead: post.lead_id, bid: '10.00', zip: '90210', sub: 'fb-7' });
		assert.equal(lost()[0].headers['x-token'], 'loser-token');
		assert.equal(callsTo('/no-3/lost').length + callsTo('/no-4/lost').length, 0);

		const [row] = JSON.parse(ctl(['webhook', 'list', '--owner', 'contract:no-2', '--json']).out).filter((m) => m.lead_id === post.lead_id);

		assert.deepEqual([row.type, row.state, row.attempts], ['loss_notice', 'delivered', 1]);
		assert.match(ctl(['webhook', 'resend', row.id], { status: 1 }).err, /could be sent again/);
	});

	test('a notice that fails is not sent again', async () => {
		script('/no-2/lost', { status: 500 });
		const post = await sell();
		const row = await eventually(() => {
			const m = JSON.parse(ctl(['webhook', 'list', '--lead', post.lead_id, '--json']).out).find((x) => x.type === 'loss_notice');

			assert.deepEqual([m?.state, m?.last_status], ['failed', 500]);
			return m;
		}, LATE);

		assert.ok(row.done_at);
		await sleep(1000);
		assert.equal(callsTo('/no-2/lost').filter((c) => c.json.lead === post.lead_id).length, 1);
		script('/no-2/lost', { status: 200 });
	});

	test('funds that run out are told of once, and again when they run out again', async () => {
		await eventually(() => assert.equal(alerts('funds.low', 'buyer:no-cap').length, 1), LATE);
		const [first] = alerts('funds.low', 'buyer:no-cap');

		assert.deepEqual(first.data, { subject: 'buyer:no-cap', mode: 'prepaid', left: '0.00', below: '100.00', currency: 'USD' });
		await eventually(() => assert.ok(lettersTo('operator@example.com').some((l) => /Subject: Gavel: funds.low buyer:no-cap/.test(l.text)
			&& /left: 0\.00/.test(l.text))), LATE);
		ctl(['funds', 'deposit', 'no-cap', '150.00']);
		await eventually(() => assert.deepEqual(sql("SELECT COUNT(*) FROM alert WHERE kind = 'funds.low' AND subject LIKE 'buyer:no-cap%'"), [['0']]), LATE);
		for (let i = 0; i < 3; i++)
			assert.equal((await sell('no-cap')).status, 'sold');
		await eventually(() => assert.deepEqual(alerts('funds.low', 'buyer:no-cap').map((e) => e.data.left), ['0.00', '90.00']), LATE);
	});

	test('a cap that is nearly used up is told of once in its window', async () => {
		assert.equal((await sell('no-cap')).status, 'sold');
		await eventually(() => assert.equal(alerts('cap.near', 'contract:no-cap').length, 1), LATE);
		const [{ data }] = alerts('cap.near', 'contract:no-cap');

		assert.deepEqual({ ...data, since: undefined }, { subject: 'contract:no-cap', on: 'sold', per: 'day', limit: 'leads', used: 4, cap: 5, since: undefined });
		assert.match(data.since, /T00:00:00\.000Z$/);
		assert.equal((await sell('no-cap')).status, 'sold');
		await sleep(6000);
		assert.equal(alerts('cap.near', 'contract:no-cap').length, 1);
	});

	test('an operator sees what was sent, sends it again and may filter; a seller may not', async () => {
		const post = await sell('no-none');
		const list = () => operator.get(`/v1/admin/webhooks?lead_id=${post.lead_id}`);
		const row = await eventually(async () => {
			const { webhooks } = expectStatus(await list(), 200);

			assert.deepEqual(webhooks.map((w) => [w.endpoint, w.type, w.state, w.last_status]), [['seller:no', 'lead.unsold', 'delivered', 200]]);
			return webhooks[0];
		}, LATE);
		const { webhook } = expectStatus(await operator.get(`/v1/admin/webhooks/${row.id}`), 200);

		assert.match(row.id, idShape('msg'));
		assert.equal(webhook.body.data.lead_id, post.lead_id);
		assert.deepEqual(webhook.log.map((a) => [a.attempt, a.status, a.error]), [[1, 200, null]]);
		const once = { 'Idempotency-Key': `resend-${row.id}` };

		expectStatus(await operator.post(`/v1/admin/webhooks/${row.id}/resend`, '', once), 200);
		assert.equal((await operator.post(`/v1/admin/webhooks/${row.id}/resend`, '', once)).headers['idempotent-replayed'], 'true');
		await eventually(() => assert.equal(callsTo('/hook-no').filter((c) => c.headers['webhook-id'] === row.id).length, 2), LATE);
		await eventually(async () => assert.equal(expectStatus(await list(), 200).webhooks[0].state, 'delivered'), LATE);
		assert.deepEqual(sql(`SELECT action, object FROM audit WHERE action = 'webhook.resend' AND object = '${row.id}'`), [['webhook.resend', row.id]]);

		const one = expectStatus(await operator.get('/v1/admin/webhooks?owner=no&state=delivered&limit=1'), 200);

		assert.equal(one.webhooks.length, 1);
		const next = expectStatus(await operator.get(`/v1/admin/webhooks?owner=no&state=delivered&limit=1&cursor=${one.next_cursor}`), 200);

		assert.ok(next.webhooks[0].id < one.webhooks[0].id);
		assert.ok(expectStatus(await operator.get('/v1/admin/webhook-endpoints'), 200).endpoints.some((e) => e.endpoint === 'seller:no' && e.state === 'enabled'));
		// As it stands, as encodeURIComponent spells it, and by the key alone.
		for (const owner of ['seller:no', encodeURIComponent('seller:no'), 'seller%3ano', 'no'])
			expectStatus(await operator.post(`/v1/admin/webhook-endpoints/${owner}/enable`, ''), 200);
		expectProblem(await operator.post('/v1/admin/webhook-endpoints/seller:nobody/enable', ''), 404);
		expectProblem(await operator.post(`/v1/admin/webhooks/msg_${'0'.repeat(26)}/resend`, ''), 404);
		expectProblem(await operator.get('/v1/admin/webhooks?owner=x:y&state=lost&lead_id=1&limit=0&cursor=2&colour=red&lead_id=2'), 422, undefined,
			[['#/colour', 'unknown_member'], ['#/cursor', 'invalid_field'], ['#/lead_id', 'invalid_field'], ['#/lead_id', 'invalid_field'], ['#/limit', 'invalid_field'], ['#/owner', 'invalid_field'],
				['#/state', 'invalid_field']]);
		expectProblem(await acme.get('/v1/admin/webhooks'), 403);
		assert.match(ctl(['webhook', 'show', row.id]).out, /"log":\[\{"attempt":1/);
		assert.match(ctl(['webhook', 'list', '--owner', 'no', '--limit', '5']).out, /lead\.unsold/);
		assert.match(ctl(['webhook', 'endpoints']).out, /seller:no\s+enabled/);
	});
});
