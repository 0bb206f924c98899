// A buyer's verdict after the post: who may give it, what it changes, that it is taken once and that the money follows it.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { before, describe, test } from 'node:test';
import { anonymous, expectProblem, expectStatus, ready, Seller } from './lib/api.mjs';
import { accepted, bid, callsTo, script } from './lib/buyers.mjs';
import * as config from './lib/config.mjs';
import { apply, ctl, newKey, sql } from './lib/system.mjs';
import { hex, ledgerOf, now, say, sign } from './lib/verdicts.mjs';

// Everything that a verdict could change of one lead.
const rowsOf = (lead) => ['SELECT HEX(id), state, slot, cost, price, ref, updated_at FROM sale WHERE lead_id = X\'ID\' ORDER BY id',
	'SELECT state, sold_as, updated_at FROM `lead` WHERE id = X\'ID\'',
	'SELECT id, kind, reason, detail, actor FROM sale_event WHERE lead_id = X\'ID\' ORDER BY id',
	'SELECT l.* FROM ledger_entry l JOIN sale s ON s.id = l.attempt_id WHERE s.lead_id = X\'ID\' ORDER BY l.id',
	'SELECT p.* FROM postback p JOIN sale s ON s.id = p.sale_id WHERE s.lead_id = X\'ID\' ORDER BY p.id']
	.map((query) => sql(query.replace('ID', hex(lead))));

describe('postback', () => {
	let acme;
	let other;
	const secrets = {};

	before(async () => {
		for (const key of ['pb', 'pb-lost', 'pb-token', 'pb-2'])
			script(`/${key}/ping`, bid(key === 'pb-2' ? 10 : 20));
		script('/pb/post', (call, n) => accepted({ ref: `pb-ref-${n}` }));
		script('/pb-token/post', (call, n) => accepted({ ref: `token-ref-${n}` }));
		script('/pb-lost/post', { reset: true });
		script('/pb-2/post', accepted());
		await apply(config.document({ verticals: [config.vertical('pb')],
			// One attempt each: what a reject leads to is reroute's.
			campaigns: ['pb', 'pb-lost', 'pb-token'].map((key) => config.campaign(key, 'pb', { reroute: { max_attempts: 1, window_s: 900 } })),
			sellers: [config.seller('pb', ['pb', 'pb-lost', 'pb-token']), config.seller('pb-other', ['pb'])],
			buyers: [config.simpleBuyer('pb', 'pb'), config.simpleBuyer('pb-lost', 'pb-lost'), config.simpleBuyer('pb-2', 'pb-lost'),
				config.buyer('pb-token', [config.contract('pb-token', 'pb-token')], { postback: { auth: 'token' } })] }));
		acme = new Seller(newKey('pb'));
		other = new Seller(newKey('pb-other'));
		for (const key of ['pb', 'pb-lost', 'pb-2'])
			secrets[key] = ctl(['postback-secret', 'show', key]).out;
		secrets['pb-token'] = ctl(['postback-secret', 'show', 'pb-token', '--token']).out;
		await ready(acme, other);
	});

	async function sell(campaign = 'pb') {
		const post = expectStatus(await acme.lead({ campaign, lead: config.wholeLead() }), 201);

		return { lead: post.lead_id, sale: post.sales[0].sale_id, post };
	}

	const seen = async (lead) => expectStatus(await acme.get(`/v1/leads/${lead}`), 200);

	// What is said is refused so, and leaves every row as it was.
	async function refused(lead, tell, status, code) {
		const was = rowsOf(lead);
		const problem = expectProblem(await tell(), status, code);

		assert.deepEqual(rowsOf(lead), was, 'nothing changed');
		return problem;
	}

	test('accepted settles a lead whose outcome was unknown: sold, charged once', async () => {
		const { lead, sale, post } = await sell('pb-lost');

		assert.equal(post.status, 'pending');
		assert.ok(post.reasons.some((r) => r.code === 'outcome_unknown'));
		assert.deepEqual(ledgerOf(sale), {});
		assert.deepEqual(expectStatus(await say('pb-lost', { sale_id: sale, status: 'accepted', event_id: 'e-1' }), 200),
			{ sale_id: sale, status: 'accepted', recorded: true });
		assert.equal(callsTo('/pb-2/post').length, 0, 'nobody else got the lead');
		assert.deepEqual(ledgerOf(sale), { sale: [3, 0, 20] });

		const view = await seen(lead);

		assert.deepEqual([view.status, view.payout, view.sales.map((s) => s.status)], ['sold', '16.00', ['accepted']]);
		assert.ok(!view.reasons.some((r) => r.code === 'outcome_unknown'), JSON.stringify(view.reasons));
		assert.ok(view.events.some((e) => e.event === 'accepted' && e.sale_id === sale), JSON.stringify(view.events));
	});

	test('rejected settles an unknown outcome without money', async () => {
		const { lead, sale } = await sell('pb-lost');

		expectStatus(await say('pb-lost', { sale_id: sale, status: 'rejected', reason: 'dup' }), 200);
		assert.deepEqual(ledgerOf(sale), {});
		const view = await seen(lead);

		assert.deepEqual([view.status, view.payout, view.sales.map((s) => s.status)], ['unsold', '0.00', ['rejected']]);
	});

	test('rejected after accepted gives the money back, and the explanation says so', async () => {
		const { lead, sale } = await sell();

		assert.deepEqual(ledgerOf(sale), { sale: [3, 0, 20] });
		assert.equal(expectStatus(await say('pb', { lead_id: lead, status: 'rejected', reason: 'wrong number' }), 200).status, 'rejected');
		assert.deepEqual(ledgerOf(sale), { sale: [3, 0, 20], return: [3, 0, 20] });
		assert.deepEqual(sql(`SELECT SUM(amount) FROM ledger_entry WHERE attempt_id = X'${hex(sale)}' GROUP BY account_id`).map(([n]) => Number(n)),
			[0, 0, 0], 'every account has back what it had');
		const view = await seen(lead);
		const why = expectStatus(await acme.get(`/v1/leads/${lead}/explain`), 200);

		assert.deepEqual([view.status, view.payout], ['unsold', '0.00']);
		assert.deepEqual(why.contracts.map((c) => [c.contract, c.code, c.stage]), [['pb', 'rejected_other', 'post']]);
	});

	test('converted keeps the money where it is, and accepted after it changes nothing more', async () => {
		const { lead, sale } = await sell();

		assert.equal(expectStatus(await say('pb', { sale_id: sale, status: 'converted', amount: '120.50' }), 200).status, 'converted');
		assert.equal(expectStatus(await say('pb', { sale_id: sale, status: 'accepted' }), 200).status, 'converted');
		assert.deepEqual(ledgerOf(sale), { sale: [3, 0, 20] });
		const view = await seen(lead);

		assert.deepEqual([view.status, view.payout, view.sales[0].status], ['sold', '16.00', 'converted']);
		assert.deepEqual(sql(`SELECT amount FROM postback WHERE sale_id = X'${hex(sale)}' ORDER BY id`), [['120.5000'], [null]]);
	});

	test('returned is a request: recorded, and nothing moves yet', async () => {
		const { lead, sale } = await sell();

		assert.deepEqual(expectStatus(await say('pb', { sale_id: sale, status: 'returned', reason: 'no contact' }), 200),
			{ sale_id: sale, status: 'accepted', recorded: true });
		assert.deepEqual(ledgerOf(sale), { sale: [3, 0, 20] });
		const view = await seen(lead);

		assert.equal(view.status, 'sold');
		assert.ok(view.events.some((e) => e.event === 'return_requested' && e.reason === 'return_requested'), JSON.stringify(view.events));
	});

	test('a disposition of the buyer\'s own words is kept and shown, up to 32 characters', async () => {
		const { lead, sale } = await sell();

		for (const status of ['quoted', 'w'.repeat(32)]) {
			assert.deepEqual(expectStatus(await say('pb', { sale_id: sale, status }), 200), { sale_id: sale, status: 'accepted', recorded: true });
			assert.ok((await seen(lead)).events.some((e) => e.event === status && e.sale_id === sale));
		}
		for (const status of ['w'.repeat(33), 'return_requested', 'return_approved', 'return_denied', 're_route', 'outcome_unknown', 'not_sent'])
			expectProblem(await say('pb', { sale_id: sale, status }), 422, undefined, [['#/status', 'invalid_field']]);
		assert.deepEqual(ledgerOf(sale), { sale: [3, 0, 20] });
	});

	test('a sale is found by the buyer\'s own ref', async () => {
		const { sale } = await sell();
		const [[ref]] = sql(`SELECT ref FROM sale WHERE id = X'${hex(sale)}'`);

		assert.match(ref, /^pb-ref-/);
		assert.equal(expectStatus(await say('pb', { ref, status: 'contacted' }), 200).sale_id, sale);
	});

	test('a resend is answered and not recorded again; the same id with another body is 409', async () => {
		const { lead, sale } = await sell();
		const said = { sale_id: sale, status: 'rejected', event_id: randomUUID() };
		const id = `msg_${randomUUID()}`;

		assert.equal(expectStatus(await say('pb', said, { id }), 200).recorded, true);
		const was = rowsOf(lead);

		assert.deepEqual(expectStatus(await say('pb', said, { id }), 200), { sale_id: sale, status: 'rejected', recorded: false });
		assert.deepEqual(expectStatus(await say('pb', said), 200), { sale_id: sale, status: 'rejected', recorded: false }, 'by its event_id');
		expectProblem(await say('pb', { ...said, reason: 'more' }, { id }), 409);
		expectProblem(await say('pb', { ...said, status: 'accepted' }), 409);
		assert.deepEqual(rowsOf(lead), was);
	});

	test('without an event_id what is said counts: said twice it is kept once', async () => {
		const { lead, sale } = await sell();

		assert.equal(expectStatus(await say('pb', { sale_id: sale, status: 'contacted' }), 200).recorded, true);
		const was = rowsOf(lead);

		assert.equal(expectStatus(await say('pb', { lead_id: lead, status: 'contacted' }), 200).recorded, false);
		assert.deepEqual(rowsOf(lead), was);
	});

	test('sixteen copies at once are recorded once', async () => {
		const { sale } = await sell('pb-lost');
		const said = { sale_id: sale, status: 'accepted' };
		const id = `msg_${randomUUID()}`;
		const answers = await Promise.all(Array.from({ length: 16 }, () => say('pb-lost', said, { id })));

		assert.deepEqual(answers.map((a) => expectStatus(a, 200).recorded).sort(), [...Array(15).fill(false), true]);
		assert.deepEqual(ledgerOf(sale), { sale: [3, 0, 20] });
	});

	test('a postback that is faster than the reply: the seller hears `sold`, and what the reply brought is kept', async () => {
		let told;

		script('/pb/post', (call) => {
			told = say('pb', { sale_id: call.json.sale_id, status: 'accepted' });
			return { ...accepted({ ref: 'slow-reply', redirect: 'https://buyer.example.com/next' }), delay: 400 };
		});
		const { lead, sale, post } = await sell();

		script('/pb/post', (call, n) => accepted({ ref: `pb-ref-${n}` }));
		assert.equal(expectStatus(await told, 200).recorded, true);
		assert.deepEqual([post.status, post.payout, post.sales.map((x) => [x.status, x.redirect_url])],
			['sold', '16.00', [['accepted', 'https://buyer.example.com/next']]]);
		assert.deepEqual([ledgerOf(sale), (await seen(lead)).status], [{ sale: [3, 0, 20] }, 'sold']);
		assert.deepEqual(sql(`SELECT s.ref, d.state, d.http_status FROM sale s JOIN delivery d ON d.sale_id = s.id WHERE s.id = X'${hex(sale)}'`),
			[['slow-reply', '2', '200']]);
	});

	test('accepted and rejected at once: one of them holds, and the money fits', async () => {
		const { lead, sale } = await sell('pb-lost');
		const answers = await Promise.all([say('pb-lost', { sale_id: sale, status: 'accepted' }), say('pb-lost', { sale_id: sale, status: 'rejected' })]);
		const view = await seen(lead);

		assert.equal(expectStatus(answers[1], 200).status, 'rejected');
		assert.ok([200, 409].includes(answers[0].status), answers[0].text);
		assert.equal(view.status, 'unsold');
		assert.deepEqual(ledgerOf(sale), answers[0].status === 200 ? { sale: [3, 0, 20], return: [3, 0, 20] } : {});
	});

	for (const [first, then] of [['rejected', 'accepted'], ['rejected', 'converted'], ['rejected', 'returned'], ['converted', 'rejected']])
		test(`${then} after ${first} is 409 and changes nothing`, async () => {
			const { lead, sale } = await sell();

			expectStatus(await say('pb', { sale_id: sale, status: first }), 200);
			await refused(lead, () => say('pb', { sale_id: sale, status: then }), 409);
		});

	for (const then of ['converted', 'returned'])
		test(`${then} of a sale whose outcome is unknown is 409 and changes nothing`, async () => {
			const { lead, sale } = await sell('pb-lost');

			await refused(lead, () => say('pb-lost', { sale_id: sale, status: then }), 409);
		});

	test('stale, forged, of another buyer, of another body, unsigned: 401 and nothing changed', async () => {
		const { lead, sale } = await sell();
		const said = { sale_id: sale, status: 'rejected' };
		const body = JSON.stringify(said);
		const good = sign(secrets.pb, body);

		await refused(lead, () => say('pb', said, { at: now() - 310 }), 401, 'auth_failed');
		await refused(lead, () => say('pb', said, { at: now() + 310 }), 401, 'auth_failed');
		await refused(lead, () => say('pb', said, { secret: secrets['pb-2'] }), 401, 'auth_failed');
		await refused(lead, () => say('pb', said, { secret: `whsec_${Buffer.alloc(32).toString('base64')}` }), 401, 'auth_failed');
		await refused(lead, () => anonymous.post('/v1/postback/pb', { ...said, reason: 'x' }, good), 401, 'auth_failed');
		await refused(lead, () => anonymous.post('/v1/postback/pb', said, { ...good, 'webhook-id': 'msg_other' }), 401, 'auth_failed');
		await refused(lead, () => anonymous.post('/v1/postback/pb', said, { ...good, 'webhook-timestamp': 'soon' }), 401, 'auth_failed');
		await refused(lead, () => anonymous.post('/v1/postback/pb', said), 401, 'auth_failed');
		await refused(lead, () => say('pb', said, { id: 'm'.repeat(256) }), 401, 'auth_failed');
		await refused(lead, () => anonymous.post(`/v1/postback/pb?token=${ctl(['postback-secret', 'show', 'pb', '--token']).out}`, said), 401,
			'auth_failed');
	});

	test('one good signature among several is enough: secrets are rotated so', async () => {
		const { sale } = await sell();
		const said = { sale_id: sale, status: 'contacted' };
		const headers = sign(secrets.pb, JSON.stringify(said));

		headers['webhook-signature'] = `v1,${Buffer.alloc(32).toString('base64')} ${headers['webhook-signature']}`;
		expectStatus(await anonymous.post('/v1/postback/pb', said, headers), 200);
	});

	test('what the signature does not cover says nothing', async () => {
		const { lead, sale } = await sell();

		await refused(lead, () => say('pb', { sale_id: sale }, { query: '?status=rejected' }), 422);
		await refused(lead, () => anonymous.get(`/v1/postback/pb?sale_id=${sale}&status=rejected`, sign(secrets.pb, '')), 422);
	});

	test('another buyer\'s sale is 404, and so is one that nobody has', async () => {
		const { lead, sale } = await sell();

		await refused(lead, () => say('pb-2', { sale_id: sale, status: 'rejected' }), 404);
		await refused(lead, () => say('pb-2', { lead_id: lead, status: 'rejected' }), 404);
		expectProblem(await say('pb', { sale_id: `sal_${'0'.repeat(26)}`, status: 'rejected' }), 404);
		expectProblem(await say('pb', { ref: 'never seen', status: 'rejected' }), 404);
		expectProblem(await say('pb', { sale_id: sale, status: 'rejected' }, {}).then(() =>
			anonymous.post('/v1/postback/nobody', { sale_id: sale, status: 'rejected' }, sign(secrets.pb, '{}'))), 404);
	});

	test('another seller sees neither the lead nor its events', async () => {
		const { lead, sale } = await sell();

		expectStatus(await say('pb', { sale_id: sale, status: 'contacted' }), 200);
		expectProblem(await other.get(`/v1/leads/${lead}`), 404);
	});

	test('a URL is enough for a buyer that has a token', async () => {
		const { lead, sale } = await sell('pb-token');
		const url = (token, more) => `/v1/postback/pb-token?${new URLSearchParams({ token, ...more })}`;
		const said = { sale_id: sale, status: 'converted', amount: '9.99', event_id: randomUUID() };

		await refused(lead, () => anonymous.get(url('wrong', said)), 401, 'auth_failed');
		await refused(lead, () => anonymous.get(url('', said)), 401, 'auth_failed');
		await refused(lead, () => anonymous.get(url(secrets.pb, said)), 401, 'auth_failed');
		assert.deepEqual(expectStatus(await anonymous.get(url(secrets['pb-token'], said)), 200), { sale_id: sale, status: 'converted', recorded: true });
		assert.equal(expectStatus(await anonymous.get(url(secrets['pb-token'], said)), 200).recorded, false);
		assert.equal((await seen(lead)).sales[0].status, 'converted');
	});

	test('a token may come in a form or a JSON body too', async () => {
		const { sale } = await sell('pb-token');
		const form = new URLSearchParams({ token: secrets['pb-token'], sale_id: sale, status: 'contacted' }).toString();
		const answer = await acme.post('/v1/postback/pb-token', form, { 'Content-Type': 'application/x-www-form-urlencoded' });

		assert.equal(expectStatus(answer, 200).recorded, true);
		assert.equal(expectStatus(await anonymous.post('/v1/postback/pb-token', { token: secrets['pb-token'], sale_id: sale, status: 'quoted' }), 200)
			.recorded, true);
	});

	test('every fault of a postback comes at once', async () => {
		expectProblem(await say('pb', { status: 'converted', sale_id: 'sal_1', amount: '-9.99' }), 422, undefined,
			[['#/amount', 'invalid_field'], ['#/sale_id', 'invalid_field']]);
		expectProblem(await say('pb', { status: '', sale_id: 'sal_1', amount: 'ten' }), 422, undefined,
			[['#/amount', 'invalid_field'], ['#/sale_id', 'invalid_field'], ['#/status', 'invalid_field']]);
		expectProblem(await say('pb', { status: 'accepted' }), 422, undefined, [['#/sale_id', 'missing_field']]);
		expectProblem(await say('pb', { status: ['accepted'], lead_id: 'led_00000000000000000000000000', sale_id: {}, amount: ['9.99'], ref: {}, reason: [],
			event_id: [1] }), 422, undefined, ['amount', 'event_id', 'reason', 'ref', 'sale_id', 'status'].map((name) => [`#/${name}`, 'invalid_field']));
	});
});
