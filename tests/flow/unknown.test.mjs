// A post whose outcome is not known: held, and found out by the buyer's word, by asking, by sending the same attempt again, by an operator, or
// ended by the contract's policy. Never sold to another meanwhile.
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { expectProblem, expectStatus, ready, Seller } from './lib/api.mjs';
import { accepted, bid, callsTo, rejected, script } from './lib/buyers.mjs';
import * as config from './lib/config.mjs';
import { apply, ctl, env, eventually, newKey, sql } from './lib/system.mjs';
import { hex, ledgerOf, say } from './lib/verdicts.mjs';

const WAIT = 25000;
const check = (key) => ({ ...config.postStep(`/${key}/check`), body: { json: { sale_id: '{{sale_id}}', ref: '{{ping.ref}}' } } });

// KEY-1 takes the lead and drops the connection; KEY-2 would take it too. `asked`, `posts`: what KEY-1's check answers, and its posts.
function pair(key, contract, { asked, posts = { reset: true }, routing = {} } = {}) {
	script(`/${key}-1/ping`, bid(20, { ref: `${key}-ref` }));
	script(`/${key}-2/ping`, bid(10));
	script(`/${key}-1/post`, posts);
	script(`/${key}-2/post`, accepted());
	if (asked)
		script(`/${key}-1/check`, asked);
	return { campaign: config.campaign(key, 'un', routing), buyers: [config.simpleBuyer(`${key}-1`, key, contract(`${key}-1`)),
		config.simpleBuyer(`${key}-2`, key)] };
}

const holds = (then, hold_s = 1) => () => ({ unknown: { hold_s, then } });
const checks = (key) => ({ unknown: { hold_s: 3600, check: check(key) } });
const repeats = () => ({ unknown: { hold_s: 3600, repeat: true } });

const pairs = {
	wait: pair('un-wait', holds('operator', 3600)),
	yes: pair('un-yes', checks, { asked: [{ json: { status: 'pending' } }, accepted({ ref: 'checked' })] }),
	no: pair('un-no', checks, { asked: rejected('bad phone') }),
	silent: pair('un-silent', checks, { asked: { status: 404, json: { status: 'what?' } } }),
	again: pair('un-again', repeats, { posts: [{ reset: true }, accepted({ ref: 'second' })] }),
	dup: pair('un-dup', repeats, { posts: [{ reset: true }, rejected('dup lead')] }),
	sold: pair('un-sold', holds('sold')),
	lost: pair('un-lost', holds('lost')),
	operator: pair('un-op', holds('operator')),
	next: pair('un-next', () => ({ on_unknown: 'next', unknown_is_reject: true })),
};

// Each pair is a test's own, and most of each test is waiting.
describe('unknown', { concurrency: true }, () => {
	let acme;
	let operator;

	before(async () => {
		const all = Object.values(pairs);

		await apply(config.document({ verticals: [config.vertical('un')], campaigns: all.map((p) => p.campaign),
			sellers: [config.seller('un', all.map((p) => p.campaign.key))], buyers: all.flatMap((p) => p.buyers) }));
		acme = new Seller(newKey('un'));
		operator = new Seller(env.GAVEL_ADMIN_KEY);
		await ready(acme);
	});

	const seen = async (lead) => expectStatus(await acme.get(`/v1/leads/${lead}`), 200);

	async function held(campaign) {
		const post = expectStatus(await acme.lead({ campaign, lead: config.wholeLead() }), 201);

		assert.deepEqual([post.status, post.payout, post.sales.map((s) => s.status)], ['pending', '0.00', ['pending']]);
		return { lead: post.lead_id, sale: post.sales[0].sale_id };
	}

	const settled = (lead, status) => eventually(async () => {
		const view = await seen(lead);

		assert.equal(view.status, status, JSON.stringify(view.events));
		return view;
	}, WAIT);

	const nobodyElse = (campaign) => assert.equal(callsTo(`/${campaign}-2/post`).length, 0, 'nobody else gets it');

	test('the check step tells: pending, then accepted', { timeout: 60000 }, async () => {
		const { lead, sale } = await held('un-yes');
		const view = await settled(lead, 'sold');

		assert.deepEqual([view.payout, view.sales.map((s) => s.status)], ['16.00', ['accepted']]);
		assert.deepEqual(ledgerOf(sale), { sale: [3, 0, 20] });
		assert.deepEqual(callsTo('/un-yes-1/check').map((c) => c.json), [1, 2].map(() => ({ sale_id: sale, ref: 'un-yes-ref' })));
		assert.deepEqual(sql(`SELECT ref FROM sale WHERE id = X'${hex(sale)}'`), [['checked']]);
		assert.equal(callsTo('/un-yes-1/post').length, 1);
		nobodyElse('un-yes');
	});

	test('the check step tells: rejected, and the next one gets it', { timeout: 60000 }, async () => {
		const { lead } = await held('un-no');
		const view = await settled(lead, 'sold');

		assert.deepEqual(view.sales.map((s) => [s.buyer.id, s.status]), [['un-no-2', 'accepted'], ['un-no-1', 'rejected']]);
	});

	test('a check whose answer no rule knows tells nothing', { timeout: 60000 }, async () => {
		const { lead } = await held('un-silent');

		await eventually(() => assert.ok(callsTo('/un-silent-1/check').length >= 2), WAIT);
		assert.equal((await seen(lead)).status, 'pending');
		nobodyElse('un-silent');
	});

	test('a certified buyer is sent the same attempt again', { timeout: 60000 }, async () => {
		const { lead, sale } = await held('un-again');
		const view = await settled(lead, 'sold');
		const posts = callsTo('/un-again-1/post').map((c) => c.json);

		assert.deepEqual([view.sales.map((s) => [s.sale_id, s.status]), posts.length], [[[sale, 'accepted']], 2]);
		assert.deepEqual(posts[1], posts[0], 'to the letter');
		assert.equal(posts[0].sale_id, sale);
		assert.deepEqual(ledgerOf(sale), { sale: [3, 0, 20] });
		nobodyElse('un-again');
	});

	test('"duplicate" to a repeat may be the first copy: still held', { timeout: 60000 }, async () => {
		const { lead } = await held('un-dup');

		await eventually(() => assert.ok(callsTo('/un-dup-1/post').length >= 2), WAIT);
		assert.equal((await seen(lead)).status, 'pending');
		nobodyElse('un-dup');
	});

	for (const [then, status, sale] of [['sold', 'sold', 'accepted'], ['lost', 'unsold', 'rejected']])
		test(`the hold window ends: ${then}`, { timeout: 60000 }, async () => {
			const first = await held(`un-${then}`);
			const view = await settled(first.lead, status);

			assert.deepEqual(view.sales.map((s) => s.status), [sale]);
			assert.deepEqual(ledgerOf(first.sale), then === 'sold' ? { sale: [3, 0, 20] } : {});
			nobodyElse(`un-${then}`);
		});

	test('the hold window ends: an operator settles it', { timeout: 60000 }, async () => {
		const { lead, sale } = await held('un-op');

		await eventually(async () => assert.ok((await seen(lead)).events.some((e) => e.event === 'waits_for_operator')), WAIT);
		assert.equal((await seen(lead)).status, 'pending');
		assert.ok(JSON.parse(ctl(['sale', 'unknown', '--json']).out).some((s) => s.sale_id === sale && s.buyer === 'un-op-1'));
		assert.match(ctl(['sale', 'settle', sale, 'accepted'], { status: 2 }).err, /usage/);
		assert.equal(ctl(['sale', 'settle', sale, 'accepted', '--reason', 'the buyer confirmed by phone']).out, 'accepted');
		assert.deepEqual(ledgerOf(sale), { sale: [3, 0, 20] });
		assert.equal((await seen(lead)).status, 'sold');
		assert.match(ctl(['sale', 'settle', sale, 'rejected', '--reason', 'no'], { status: 1 }).err, /accepted/);
		assert.deepEqual(sql(`SELECT action, detail FROM audit WHERE object = 'sale:${sale}'`),
			[['sale.settle', 'accepted: the buyer confirmed by phone']]);
		nobodyElse('un-op');
	});

	test('an operator settles it over HTTP: rejected sells it to the next', { timeout: 60000 }, async () => {
		const { lead, sale } = await held('un-wait');
		const path = `/v1/admin/sales/${sale}/settle`;

		expectProblem(await acme.post(path, { status: 'rejected', reason: 'x' }), 403);
		expectProblem(await operator.post(path, { status: 'returned' }), 422, undefined, [['#/status', 'invalid_field'], ['#/reason', 'missing_field']]);
		expectProblem(await operator.post(`/v1/admin/sales/sal_${'0'.repeat(26)}/settle`, { status: 'rejected', reason: 'x' }), 404);
		assert.ok(expectStatus(await operator.get('/v1/admin/sales/unknown'), 200).sales.some((s) => s.sale_id === sale));
		assert.equal(expectStatus(await operator.post(path, { status: 'rejected', reason: 'never arrived' }), 200).status, 'rejected');
		expectProblem(await operator.post(path, { status: 'accepted', reason: 'x' }), 409);
		const view = await settled(lead, 'sold');

		assert.deepEqual(view.sales.map((s) => [s.buyer.id, s.status]), [['un-wait-2', 'accepted'], ['un-wait-1', 'rejected']]);
		expectProblem(await say('un-wait-1', { sale_id: sale, status: 'accepted' }), 409);
	});

	test('a buyer that certified that no answer is a reject: the next one gets it at once', async () => {
		const post = expectStatus(await acme.lead({ campaign: 'un-next', lead: config.wholeLead() }), 201);

		assert.deepEqual([post.status, post.sales.map((s) => [s.buyer.id, s.status])],
			['sold', [['un-next-2', 'accepted'], ['un-next-1', 'rejected']]]);
	});
});
