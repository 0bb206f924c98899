// The library of standardwebhooks.com: it verifies what we send, and what it signs is what we take.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { before, describe, test } from 'node:test';
import { Webhook, WebhookVerificationError } from 'standardwebhooks';
import { anonymous, expectProblem, expectStatus, ready, Seller } from '../flow/lib/api.mjs';
import { accepted, base, bid, callsTo, script } from '../flow/lib/buyers.mjs';
import * as config from '../flow/lib/config.mjs';
import { checkEvent } from '../flow/lib/contract.mjs';
import { apply, ctl, eventually, newKey } from '../flow/lib/system.mjs';

const EVENTS = ['lead.sold', 'lead.unsold', 'lead.pending', 'sale.accepted', 'sale.rejected', 'sale.returned', 'sale.converted'];
const LATE = 20000;

describe('standardwebhooks', () => {
	let seller;
	let hook;    // verifies what the seller gets
	let buyer;   // signs what the buyer says

	before(async () => {
		script('/sw/ping', bid(20));
		script('/sw/post', { reset: true });
		script('/sw-2/ping', bid(10));
		script('/sw-2/post', accepted());
		script('/sw-hook', { status: 200 });
		await apply(config.document({ verticals: [config.vertical('sw')], campaigns: [config.campaign('sw', 'sw'), config.campaign('sw-none', 'sw')],
			sellers: [config.seller('sw', ['sw', 'sw-none'], { webhook: { url: `${base}/sw-hook`, events: EVENTS } })],
			buyers: [config.simpleBuyer('sw', 'sw'), config.simpleBuyer('sw-2', 'sw')] }));
		seller = new Seller(newKey('sw'));
		await ready(seller);
		hook = new Webhook(ctl(['webhook-secret', 'show', 'sw']).out);
		buyer = new Webhook(ctl(['postback-secret', 'show', 'sw']).out);
	});

	async function lost() {
		const post = expectStatus(await seller.lead({ campaign: 'sw', lead: config.wholeLead() }), 201);

		return { lead: post.lead_id, sale: post.sales[0].sale_id };
	}

	function say(said, { id = `msg_${randomUUID()}`, at = new Date(), by = buyer, sent } = {}) {
		const body = JSON.stringify(said);

		return anonymous.post('/v1/postback/sw', sent ?? said, { 'webhook-id': id, 'webhook-timestamp': String(Math.floor(at / 1000)),
			'webhook-signature': by.sign(id, at, body) });
	}

	const of = (lead) => callsTo('/sw-hook').filter((c) => c.json.data.lead_id === lead);
	const told = (lead, types) => eventually(() => assert.deepEqual(of(lead).map((c) => c.json.type).sort(), [...types].sort()), LATE);

	test('every webhook verifies, and none that was touched on its way', async () => {
		const { lead, sale } = await lost();

		for (const status of ['accepted', 'converted'])
			expectStatus(await say({ sale_id: sale, status }), 200);
		await told(lead, ['lead.pending', 'sale.accepted', 'lead.sold', 'sale.converted']);
		const none = expectStatus(await seller.lead({ campaign: 'sw-none', lead: config.wholeLead() }), 201);

		await told(none.lead_id, ['lead.unsold']);
		for (const call of callsTo('/sw-hook')) {
			const event = hook.verify(call.text, call.headers);

			assert.deepEqual(event, call.json);
			checkEvent(event);
			assert.deepEqual(Object.keys(event), ['type', 'timestamp', 'data']);
			assert.throws(() => hook.verify(call.text.replace('lead', 'laed'), call.headers), WebhookVerificationError);
			assert.throws(() => hook.verify(call.text, { ...call.headers, 'webhook-id': 'msg_other' }), WebhookVerificationError);
			assert.throws(() => buyer.verify(call.text, call.headers), WebhookVerificationError);
		}
	});

	test('while a secret is rotated, whoever has either of the two can verify', async () => {
		const fresh = new Webhook(ctl(['webhook-secret', 'rotate', 'sw']).out);
		const { lead } = await lost();

		await told(lead, ['lead.pending']);
		for (const call of of(lead)) {
			assert.deepEqual(hook.verify(call.text, call.headers), call.json);
			assert.deepEqual(fresh.verify(call.text, call.headers), call.json);
		}
		hook = fresh;
	});

	test('a signed postback is taken once: its resend changes nothing, and its id with another body is refused', async () => {
		const { lead, sale } = await lost();
		const id = `msg_${randomUUID()}`;
		const said = { sale_id: sale, status: 'accepted', amount: '20.00' };

		assert.deepEqual(expectStatus(await say(said, { id }), 200), { sale_id: sale, status: 'accepted', recorded: true });
		assert.deepEqual(expectStatus(await say(said, { id }), 200), { sale_id: sale, status: 'accepted', recorded: false });
		assert.deepEqual(expectStatus(await say(said, { id, at: new Date(Date.now() + 2000) }), 200), { sale_id: sale, status: 'accepted', recorded: false });
		expectProblem(await say({ ...said, amount: '21.00' }, { id }), 409);
		await told(lead, ['lead.pending', 'sale.accepted', 'lead.sold']);
	});

	test('stale, forged and altered postbacks are refused, and nobody is told of anything', async () => {
		const { lead, sale } = await lost();
		const said = { sale_id: sale, status: 'accepted' };

		expectProblem(await say(said, { at: new Date(Date.now() - 310000) }), 401, 'auth_failed');
		expectProblem(await say(said, { at: new Date(Date.now() + 310000) }), 401, 'auth_failed');
		expectProblem(await say(said, { by: new Webhook(Buffer.alloc(32).toString('base64')) }), 401, 'auth_failed');
		expectProblem(await say(said, { sent: { ...said, status: 'rejected' } }), 401, 'auth_failed');
		await told(lead, ['lead.pending']);
	});

	test('verdicts out of order end in the state that they allow', async () => {
		const { lead, sale } = await lost();

		expectProblem(await say({ sale_id: sale, status: 'converted' }), 409);
		expectStatus(await say({ sale_id: sale, status: 'accepted' }), 200);
		expectStatus(await say({ sale_id: sale, status: 'converted' }), 200);
		assert.equal(expectStatus(await say({ sale_id: sale, status: 'accepted' }), 200).status, 'converted');
		expectProblem(await say({ sale_id: sale, status: 'rejected' }), 409);
		await told(lead, ['lead.pending', 'sale.accepted', 'lead.sold', 'sale.converted']);
	});
});
