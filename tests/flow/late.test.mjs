// What a buyer says after somebody else has decided: a sale that was given up as lost is one after all when its buyer accepts it, and nobody else was
// sold its place; an acceptance of what was rejected is shown to the operator.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { before, describe, test } from 'node:test';
import { promisify } from 'node:util';
import { expectProblem, expectStatus, ready, Seller } from './lib/api.mjs';
import { accepted, bid, callsTo, script } from './lib/buyers.mjs';
import * as config from './lib/config.mjs';
import { auditMoney, capOf } from './lib/money.mjs';
import { apply, ctl, env, eventually, newKey, sleep, sql } from './lib/system.mjs';
import { hex, ledgerOf, say } from './lib/verdicts.mjs';

const WAIT = 25000;
const lost = { unknown: { hold_s: 1, then: 'lost' } };

// Buyers KEY-1, KEY-2, … with these prices; the first takes the lead and drops the connection.
function market(key, prices, { first = lost, each = {}, routing = {}, buyer = {} } = {}) {
	prices.forEach((price, i) => {
		script(`/${key}-${i + 1}/ping`, bid(price));
		script(`/${key}-${i + 1}/post`, i === 0 ? { reset: true } : accepted());
	});
	return { campaign: config.campaign(key, 'la', routing), buyers: prices.map((_, i) => config.buyer(`${key}-${i + 1}`,
		[config.contract(`${key}-${i + 1}`, key, { ...each, ...(i === 0 ? first : {}) })], i === 0 ? buyer : {})) };
}

const markets = {
	shared: market('la-shared', [30, 20, 10, 5], { each: { sale: 'shared' }, routing: { max_sales: 2 } }),
	alone: market('la-alone', [20, 10], { first: { ...lost, caps: [{ on: 'sold', per: 'total', leads: 1 }, { on: 'sent', per: 'day', leads: 9 }] },
		buyer: { funding: { mode: 'prepaid' } } }),
	poor: market('la-poor', [20, 10], { first: lost, buyer: { funding: { mode: 'prepaid' } } }),
	full: market('la-full', [20, 10], { first: { ...lost, caps: [{ on: 'sold', per: 'day', leads: 1 }] } }),
	no: market('la-no', [20, 10]),
	op: market('la-op', [20, 10]),
	opno: market('la-opno', [20, 10]),
	storm: market('la-storm', [30, 20, 10, 5], { first: { ...lost, caps: [{ on: 'sold', per: 'total', leads: 9 }] }, each: { sale: 'shared' },
		routing: { max_sales: 2 }, buyer: { funding: { mode: 'credit', limit: '500' } } }),
	held: market('la-held', [20, 10], { first: { unknown: { hold_s: 3600, then: 'operator' } } }),
	guess: market('la-guess', [20, 10], { first: { unknown: { hold_s: 1, then: 'sold' } } }),
	again: market('la-again', [20, 10], { first: { unknown: { hold_s: 3600, repeat: true } } }),
};

describe('late words', () => {
	let acme;
	let operator;
	const up = {};

	before(async () => {
		const all = Object.values(markets);

		await apply(config.document({ verticals: [config.vertical('la')], campaigns: all.map((m) => m.campaign),
			sellers: [config.seller('la', all.map((m) => m.campaign.key))], buyers: all.flatMap((m) => m.buyers) }));
		ctl(['funds', 'deposit', 'la-alone-1', '20']);
		ctl(['funds', 'deposit', 'la-poor-1', '20']);
		acme = new Seller(newKey('la'));
		operator = new Seller(env.GAVEL_ADMIN_KEY);
		await ready(acme);
		// What pings see of balances is at most a second old.
		await sleep(1300);
		script('/la-full-1/post', [{ reset: true }, accepted()]);
		// All at once, since each takes the five seconds after which an unknown outcome is first looked at.
		await Promise.all(['shared', 'alone', 'poor', 'full', 'no', 'op', 'opno'].map(async (key) => { up[key] = await givenUp(`la-${key}`); }));
	});

	const seen = async (lead) => expectStatus(await acme.get(`/v1/leads/${lead}`), 200);
	const salesOf = (view) => view.sales.map((s) => [s.buyer.id, s.status]);
	const slots = (lead) => sql(`SELECT COUNT(slot), COUNT(DISTINCT slot) FROM sale WHERE lead_id = X'${hex(lead)}'`)[0].map(Number);
	const alerts = (sale) => Number(sql(`SELECT COUNT(*) FROM alert WHERE kind = 'sale.disputed' AND subject = 'sale:${sale}'`)[0][0]);
	const disputes = (sale) => sql(`SELECT actor, detail FROM sale_event WHERE kind = 'disputed' AND sale_id = X'${hex(sale)}'`);
	const funds = (buyer) => JSON.parse(ctl(['funds', 'show', buyer, '--json']).out)[0];

	async function post(campaign) {
		const answer = expectStatus(await acme.lead({ campaign, lead: config.wholeLead() }), 201);

		return { lead: answer.lead_id, sale: answer.sales.find((s) => s.buyer.id === `${campaign}-1`).sale_id };
	}

	const becomes = (sale, state) => eventually(() => assert.deepEqual(sql(`SELECT state FROM sale WHERE id = X'${hex(sale)}'`), [[String(state)]]), WAIT);

	async function givenUp(campaign) {
		const first = await post(campaign);

		await becomes(first.sale, 4);
		return first;
	}

	test('a shared lead: the place of a lost one is sold to nobody else, and is its buyer\'s when it accepts', { timeout: 60000 }, async () => {
		const { lead, sale } = up.shared;

		assert.deepEqual(salesOf(await seen(lead)), [['la-shared-2', 'accepted'], ['la-shared-1', 'rejected']]);
		expectStatus(await say('la-shared-2', { lead_id: lead, status: 'rejected' }), 200);
		await eventually(async () => assert.deepEqual(salesOf(await seen(lead)).slice(0, 1), [['la-shared-3', 'accepted']]), WAIT);
		await eventually(() => assert.deepEqual(sql(`SELECT COUNT(*) FROM work WHERE id = X'${hex(lead)}'`), [['0']]), WAIT);
		assert.equal(callsTo('/la-shared-4/post').length, 0, 'two may have it already');
		assert.deepEqual(expectStatus(await say('la-shared-1', { sale_id: sale, status: 'accepted' }), 200), { sale_id: sale, status: 'accepted', recorded: true });
		const view = await seen(lead);

		assert.deepEqual([view.status, salesOf(view)], ['sold',
			[['la-shared-1', 'accepted'], ['la-shared-3', 'accepted'], ['la-shared-2', 'rejected']]]);
		assert.deepEqual([ledgerOf(sale), slots(lead)], [{ sale: [3, 0, 30] }, [2, 2]]);
		assert.equal(disputes(sale).length, 0);
		auditMoney();
	});

	test('an exclusive one: caps and funds are given back when it is lost, and taken again when it is accepted', { timeout: 60000 }, async () => {
		const { lead, sale } = up.alone;

		assert.deepEqual([(await seen(lead)).status, capOf('contract', 'la-alone-1'), capOf('contract', 'la-alone-1', 'sent')],
			['unsold', { leads: 0, spend: 0 }, { leads: 1, spend: 20 }]);
		expectStatus(await say('la-alone-1', { sale_id: sale, status: 'accepted' }), 200);
		assert.deepEqual([(await seen(lead)).status, capOf('contract', 'la-alone-1'), capOf('contract', 'la-alone-1', 'sent')],
			['sold', { leads: 1, spend: 20 }, { leads: 1, spend: 20 }]);
		assert.deepEqual([funds('la-alone-1').balance, funds('la-alone-1').held, ledgerOf(sale)], ['0.00', '0.00', { sale: [3, 0, 20] }]);
		expectStatus(await say('la-alone-1', { sale_id: sale, status: 'rejected' }), 200);
		assert.deepEqual([capOf('contract', 'la-alone-1'), funds('la-alone-1').balance], [{ leads: 0, spend: 0 }, '20.00']);
		auditMoney();
	});

	test('no room any more: refused, and the operator hears of it once; with room again it is a sale', { timeout: 60000 }, async () => {
		const { sale } = up.poor;

		ctl(['funds', 'withdraw', 'la-poor-1', '15']);
		for (let i = 0; i < 2; i++)
			assert.match(expectProblem(await say('la-poor-1', { sale_id: sale, status: 'accepted' }), 409, 'no_funds').detail, /balance/);
		assert.match(ctl(['sale', 'settle', sale, 'accepted', '--reason', 'they have it'], { status: 1 }).err, /balance/);
		assert.deepEqual([ledgerOf(sale), alerts(sale), disputes(sale)], [{}, 1, []]);
		auditMoney();
		ctl(['funds', 'deposit', 'la-poor-1', '15']);
		expectStatus(await say('la-poor-1', { sale_id: sale, status: 'accepted' }), 200);
		assert.deepEqual([ledgerOf(sale), funds('la-poor-1').balance], [{ sale: [3, 0, 20] }, '0.00']);
		auditMoney();
	});

	test('its cap was used by another meanwhile: never one too many', { timeout: 60000 }, async () => {
		const { sale } = up.full;
		const other = await post('la-full');

		for (let i = 0; i < 2; i++)
			expectProblem(await say('la-full-1', { sale_id: sale, status: 'accepted' }), 409, 'cap_sold');
		assert.deepEqual([capOf('contract', 'la-full-1'), alerts(sale)], [{ leads: 1, spend: 20 }, 1]);
		auditMoney();
		expectStatus(await say('la-full-1', { sale_id: other.sale, status: 'rejected' }), 200);
		expectStatus(await say('la-full-1', { sale_id: sale, status: 'accepted' }), 200);
		assert.deepEqual([capOf('contract', 'la-full-1'), ledgerOf(sale)], [{ leads: 1, spend: 20 }, { sale: [3, 0, 20] }]);
		auditMoney();
	});

	test('its buyer says that it has not got it: the next one gets the lead', { timeout: 60000 }, async () => {
		const { lead, sale } = up.no;

		expectStatus(await say('la-no-1', { sale_id: sale, status: 'rejected', reason: 'never arrived' }), 200);
		await eventually(async () => assert.deepEqual(salesOf(await seen(lead)), [['la-no-2', 'accepted'], ['la-no-1', 'rejected']]), WAIT);
		expectProblem(await say('la-no-1', { sale_id: sale, status: 'accepted' }), 409, 'state');
		assert.deepEqual([alerts(sale), slots(lead)], [1, [1, 1]]);
		auditMoney();
	});

	test('an operator settles what was lost', { timeout: 60000 }, async () => {
		const { op: yes, opno: no } = up;

		assert.equal(ctl(['sale', 'settle', yes.sale, 'accepted', '--reason', 'their ticket 4711']).out, 'accepted');
		assert.deepEqual([ledgerOf(yes.sale), (await seen(yes.lead)).status], [{ sale: [3, 0, 20] }, 'sold']);
		assert.equal(expectStatus(await operator.post(`/v1/admin/sales/${no.sale}/settle`, { status: 'rejected', reason: 'never arrived' }), 200).status, 'rejected');
		await eventually(async () => assert.deepEqual(salesOf(await seen(no.lead)), [['la-opno-2', 'accepted'], ['la-opno-1', 'rejected']]), WAIT);
		assert.match(ctl(['sale', 'settle', no.sale, 'accepted', '--reason', 'x'], { status: 1 }).err, /rejected/);
		auditMoney();
	});

	test('everybody speaks at once: each sale has one end, charged once, and nobody has a place too many', { timeout: 90000 }, async () => {
		const leads = await Promise.all(Array.from({ length: 14 }, async () => {
			const answer = expectStatus(await acme.lead({ campaign: 'la-storm', lead: config.wholeLead() }), 201);

			return { lead: answer.lead_id, sale: answer.sales.find((s) => s.buyer.id === 'la-storm-1')?.sale_id, second: answer.sales.find((s) => s.buyer.id === 'la-storm-2').sale_id };
		}));
		const mine = leads.filter((l) => l.sale);

		assert.equal(mine.length, 9, 'the others found the cap full');
		for (const { sale } of mine)
			await becomes(sale, 4);
		const settle = (sale, status) => operator.post(`/v1/admin/sales/${sale}/settle`, { status, reason: 'asked them' });
		const words = mine.flatMap(({ sale, second }, i) => [() => say('la-storm-1', { sale_id: sale, status: 'accepted' }),
			() => say('la-storm-1', { sale_id: sale, status: 'rejected' }), () => settle(sale, i % 2 ? 'accepted' : 'rejected'),
			() => say('la-storm-2', { sale_id: second, status: 'rejected' }), () => say('la-storm-1', { sale_id: sale, status: 'converted' })]);
		const answers = await Promise.all(words.map((word) => word()));

		assert.deepEqual([...new Set(answers.map((a) => a.status))].sort(), [200, 409]);
		await eventually(() => assert.deepEqual(sql(`SELECT COUNT(*) FROM work w JOIN \`lead\` l ON l.id = w.id JOIN campaign c ON c.id = l.campaign_id
			WHERE c.name = 'la-storm'`), [['0']]), WAIT);
		auditMoney();
		for (const { lead, sale } of mine) {
			const view = await seen(lead);
			const live = view.sales.filter((s) => s.status !== 'rejected');
			const [[state, slot]] = sql(`SELECT state, slot FROM sale WHERE id = X'${hex(sale)}'`);

			assert.ok(live.length <= 2, JSON.stringify(view.sales));
			assert.equal(new Set(live.map((s) => s.buyer.id)).size, live.length);
			assert.ok(state !== '4' || slot === null, 'somebody\'s word ended it');
			assert.deepEqual(ledgerOf(sale).sale ?? [3, 0, 30], [3, 0, 30]);
			assert.equal(view.status, live.length > 0 ? 'sold' : 'unsold');
		}
	});

	test('an accept after an operator\'s reject: 409, and the operator sees that two may have the lead', { timeout: 60000 }, async () => {
		const { lead, sale } = await post('la-held');

		ctl(['sale', 'settle', sale, 'rejected', '--reason', 'they did not have it']);
		await eventually(async () => assert.equal((await seen(lead)).status, 'sold'), WAIT);
		for (let i = 0; i < 3; i++)
			expectProblem(await say('la-held-1', { sale_id: sale, status: i < 2 ? 'accepted' : 'converted' }), 409, 'state');
		assert.deepEqual([alerts(sale), disputes(sale), ledgerOf(sale)], [1, [], {}]);
		expectProblem(await say('la-held-1', { sale_id: sale, status: 'disputed' }), 422);
		auditMoney();
	});

	test('a policy\'s guess that comes too late is nobody\'s word', { timeout: 60000 }, async () => {
		const { lead, sale } = await post('la-guess');
		const [program, ...args] = env.GAVEL_DB_ROOT.split(' ');

		// Somebody is rejecting it just as its hold window ends: the runner has read it, and waits for the lead.
		await sleep(4000);
		await promisify(execFile)(program, [...args, env.GAVEL_DB_NAME, '-e', `START TRANSACTION; UPDATE \`lead\` SET id = id WHERE id = X'${hex(lead)}';
			UPDATE sale SET state = 4, slot = NULL WHERE id = X'${hex(sale)}'; DO SLEEP(2.5); COMMIT`]);
		await eventually(() => assert.deepEqual(sql(`SELECT COUNT(*) FROM work WHERE id = X'${hex(sale)}'`), [['0']]), WAIT);
		assert.deepEqual([alerts(sale), disputes(sale), ledgerOf(sale)], [0, [], {}]);
	});

	test('a repeat is accepted after an operator\'s reject: the operator sees it', { timeout: 60000 }, async () => {
		script('/la-again-1/post', [{ reset: true }, { ...accepted(), delay: 700 }]);
		const { lead, sale } = await post('la-again');

		await eventually(() => assert.equal(callsTo('/la-again-1/post').length, 2), WAIT);
		ctl(['sale', 'settle', sale, 'rejected', '--reason', 'they did not have it']);
		await eventually(() => assert.deepEqual([alerts(sale), disputes(sale).map(([actor]) => actor)], [1, ['repeat']]), WAIT);
		await eventually(async () => assert.deepEqual(salesOf(await seen(lead)), [['la-again-2', 'accepted'], ['la-again-1', 'rejected']]), WAIT);
		assert.deepEqual(ledgerOf(sale), {});
		auditMoney();
	});
});
