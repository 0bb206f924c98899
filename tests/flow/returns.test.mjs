// A buyer asks to give a sale back: what its terms decide at once, what an operator decides, and the money.
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { expectProblem, expectStatus, ready, Seller } from './lib/api.mjs';
import { accepted, bid, callsTo, script } from './lib/buyers.mjs';
import * as config from './lib/config.mjs';
import { apply, ctl, env, newKey, sleep, sql } from './lib/system.mjs';
import { hex, ledgerOf, say } from './lib/verdicts.mjs';

const terms = { free: undefined, auto: { window_days: 10, max_percent: '100', auto_approve: ['duplicate', 'invalid_phone'] },
	few: { window_days: 10, max_percent: '50', auto_approve: ['duplicate'] }, late: { window_days: 1, max_percent: '100', auto_approve: ['duplicate'] },
	reject: { window_days: 10, max_percent: '100' }, rush: { window_days: 10, max_percent: '10', auto_approve: ['duplicate'] } };
const CHARGED = { sale: [3, 0, 20] };
const GIVEN_BACK = { sale: [3, 0, 20], return: [3, 0, 20] };

describe('returns', () => {
	let acme;
	let operator;

	before(async () => {
		const keys = Object.keys(terms).map((t) => `re-${t}`);

		for (const key of keys) {
			script(`/${key}/ping`, bid(20));
			script(`/${key}/post`, accepted());
		}
		script('/re-other/ping', bid(5));
		script('/re-other/post', accepted());
		await apply(config.document({ verticals: [config.vertical('re')],
			campaigns: keys.map((k) => config.campaign(k, 're', { reroute: { max_attempts: 4, window_s: k === 're-reject' ? 1 : 900 } })),
			sellers: [config.seller('re', keys)],
			buyers: [...keys.map((k) => config.buyer(k, [config.contract(k, k)], { returns: terms[k.slice(3)] })), config.simpleBuyer('re-other', 're-auto')] }));
		acme = new Seller(newKey('re'));
		operator = new Seller(env.GAVEL_ADMIN_KEY);
		await ready(acme);
	});

	const seen = async (lead) => expectStatus(await acme.get(`/v1/leads/${lead}`), 200);

	async function sold(campaign) {
		const post = expectStatus(await acme.lead({ campaign, lead: config.wholeLead() }), 201);

		assert.equal(post.status, 'sold');
		return { lead: post.lead_id, sale: post.sales[0].sale_id };
	}

	const giveBack = async (buyer, sale, reason = 'no contact', status = 'returned') =>
		expectStatus(await say(buyer, { sale_id: sale, status, reason }), 200);
	const requests = (sale) => sql(`SELECT state, decided_by FROM return_request WHERE sale_id = X'${hex(sale)}'`);
	const returnOf = (sale) => JSON.parse(ctl(['return', 'list', '--json']).out).find((r) => r.sale_id === sale);

	test('a reason that is approved by itself: returned at once, the seller\'s part with it, and sold to nobody else', async () => {
		const { lead, sale } = await sold('re-auto');

		assert.deepEqual(await giveBack('re-auto', sale, 'Duplicate'), { sale_id: sale, status: 'returned', recorded: true });
		assert.deepEqual(ledgerOf(sale), GIVEN_BACK);
		assert.deepEqual(sql(`SELECT SUM(amount) FROM ledger_entry WHERE attempt_id = X'${hex(sale)}' GROUP BY account_id`).map(([n]) => Number(n)), [0, 0, 0]);
		const view = await seen(lead);

		assert.deepEqual([view.status, view.payout, view.sales.map((s) => s.status)], ['sold', '0.00', ['returned']]);
		assert.deepEqual(view.events.map((e) => e.event).slice(-2), ['return_requested', 'return_approved']);
		await sleep(500);
		assert.equal(callsTo('/re-other/post').length, 0);
		expectProblem(await say('re-auto', { sale_id: sale, status: 'rejected' }), 409);
		expectProblem(await say('re-auto', { sale_id: sale, status: 'converted' }), 409);
	});

	test('what a buyer writes is text on an operator\'s terminal, and one line', async () => {
		const { sale } = await sold('re-auto');

		await giveBack('re-auto', sale, 'no\u001b[2J\u009b1A\nret_x');
		assert.ok(ctl(['return', 'list']).out.split('\n').some((line) => line.includes(sale) && line.endsWith('  no?[2J??1A?ret_x')));
	});

	test('any other reason waits for an operator, who approves', async () => {
		const { sale } = await sold('re-auto');

		assert.equal((await giveBack('re-auto', sale)).status, 'accepted');
		assert.deepEqual([ledgerOf(sale), requests(sale)], [CHARGED, [['1', null]]]);
		assert.equal((await giveBack('re-auto', sale, 'still no contact')).status, 'accepted', 'asked again');
		const { return_id, buyer, reason } = returnOf(sale);

		assert.deepEqual([buyer, reason], ['re-auto', 'no contact']);
		assert.equal(ctl(['return', 'approve', return_id, '--reason', 'proved']).out, 'approved');
		assert.deepEqual(ledgerOf(sale), GIVEN_BACK);
		assert.match(ctl(['return', 'deny', return_id], { status: 1 }).err, /decided before/);
		assert.deepEqual(sql(`SELECT action, detail FROM audit WHERE object = 'return:${return_id}'`), [['return.approve', 'proved']]);
	});

	test('an operator denies over HTTP: the sale stands, and asking again is 409', async () => {
		const { lead, sale } = await sold('re-free');

		await giveBack('re-free', sale);
		const { returns } = expectStatus(await operator.get('/v1/admin/returns?status=requested'), 200);
		const { return_id } = returns.find((r) => r.sale_id === sale);

		expectProblem(await acme.post(`/v1/admin/returns/${return_id}/deny`, {}), 403);
		assert.equal(expectStatus(await operator.post(`/v1/admin/returns/${return_id}/deny`, { reason: 'too vague' }), 200).status, 'denied');
		expectProblem(await operator.post(`/v1/admin/returns/${return_id}/approve`, {}), 409);
		expectProblem(await operator.post(`/v1/admin/returns/ret_${'0'.repeat(26)}/approve`, {}), 404);
		assert.deepEqual(ledgerOf(sale), CHARGED);
		assert.ok((await seen(lead)).events.some((e) => e.event === 'return_denied' && e.reason === 'return_denied'));
		expectProblem(await say('re-free', { sale_id: sale, status: 'returned', reason: 'again' }), 409);
	});

	test('a sale that is rejected while its return waits: there is nothing left to decide', async () => {
		const { lead, sale } = await sold('re-auto');

		await giveBack('re-auto', sale);
		const { return_id } = returnOf(sale);

		assert.equal(await giveBack('re-auto', sale, 'wrong number', 'rejected').then((said) => said.status), 'rejected');
		assert.deepEqual([ledgerOf(sale), requests(sale)], [GIVEN_BACK, [['4', 'buyer:re-auto']]]);
		assert.equal(returnOf(sale), undefined, 'it waits no more');
		const { returns } = expectStatus(await operator.get('/v1/admin/returns?status=closed'), 200);

		assert.deepEqual(returns.filter((r) => r.sale_id === sale).map((r) => [r.return_id, r.status]), [[return_id, 'closed']]);
		assert.ok(JSON.parse(ctl(['return', 'list', '--status', 'closed', '--json']).out).some((r) => r.sale_id === sale));
		for (const word of ['approve', 'deny'])
			assert.match(ctl(['return', word, return_id], { status: 1 }).err, /decided before/);
		assert.ok((await seen(lead)).events.some((e) => e.event === 'return_closed'));
		assert.deepEqual(ledgerOf(sale), GIVEN_BACK);
	});

	test('more than the buyer\'s share is denied', async () => {
		const first = await sold('re-few');
		const second = await sold('re-few');

		assert.equal((await giveBack('re-few', first.sale, 'duplicate')).status, 'returned', 'one of two');
		assert.equal((await giveBack('re-few', second.sale, 'duplicate')).status, 'accepted', 'two of two');
		assert.deepEqual([ledgerOf(second.sale), requests(second.sale)], [CHARGED, [['3', 'policy']]]);
	});

	test('forty returns at the same moment: the share holds for them together', async () => {
		const sales = (await Promise.all(Array.from({ length: 40 }, () => sold('re-rush')))).map((s) => s.sale);
		const said = await Promise.all(sales.map((sale) => giveBack('re-rush', sale, 'duplicate')));

		assert.equal(said.filter((s) => s.status === 'returned').length, 4, 'a tenth');
		assert.equal(sql(`SELECT COUNT(*) FROM return_request r JOIN buyer b ON b.id = r.buyer_id WHERE b.name = 're-rush' AND r.state = 3`)[0][0], '36');
	});

	test('after the window it is denied, whatever the reason', async () => {
		const { sale } = await sold('re-late');

		sql(`UPDATE sale SET created_at = created_at - INTERVAL 25 HOUR WHERE id = X'${hex(sale)}'`);
		assert.equal((await giveBack('re-late', sale, 'duplicate')).status, 'accepted');
		assert.deepEqual([ledgerOf(sale), requests(sale)], [CHARGED, [['3', 'policy']]]);
	});

	test('a reject after the re-route window is a return by the buyer\'s terms', async () => {
		const { lead, sale } = await sold('re-reject');

		await sleep(1200);
		assert.deepEqual(await giveBack('re-reject', sale, 'changed our mind', 'rejected'), { sale_id: sale, status: 'accepted', recorded: true });
		assert.deepEqual([ledgerOf(sale), requests(sale)], [CHARGED, [['1', null]]]);
		assert.equal((await seen(lead)).status, 'sold');
	});

	test('the late-decline rate of each buyer', async () => {
		const { sale } = await sold('re-free');

		expectStatus(await say('re-free', { sale_id: sale, status: 'rejected' }), 200);
		const rates = JSON.parse(ctl(['sale', 'declines', '--json']).out);

		assert.deepEqual(rates.find((r) => r.buyer === 're-free'), { buyer: 're-free', accepted: 2, declined: 1, returned: 0 });
		assert.match(ctl(['sale', 'declines', '--days', '1']).out, /re-free +2 +1 +50\.0% +0/);
	});

	test('a decision under an Idempotency-Key is made once and told again', async () => {
		const { sale } = await sold('re-free');

		await giveBack('re-free', sale);
		const at = `/v1/admin/returns/${returnOf(sale).return_id}/approve`;
		const headers = { 'Idempotency-Key': `return-${sale}` };
		const first = await operator.post(at, { reason: 'proved' }, headers);
		const again = await operator.post(at, { reason: 'proved' }, headers);

		assert.deepEqual([expectStatus(first, 200).status, first.headers['idempotent-replayed']], ['approved', undefined]);
		assert.deepEqual([again.status, again.text, again.headers['idempotent-replayed']], [200, first.text, 'true']);
		expectProblem(await operator.post(at, { reason: 'another' }, headers), 422, 'idempotency_key');
		expectProblem(await operator.post(at, { reason: 'proved' }), 409);
		expectProblem(await operator.post(at, { reason: 'proved' }, { 'Idempotency-Key': 'two words' }), 400);
		assert.deepEqual(ledgerOf(sale), GIVEN_BACK);
	});
});
