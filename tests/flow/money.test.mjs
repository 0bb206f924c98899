// Caps, budgets, balances and payouts: taken with the intent to post, given back by a reject, kept while the outcome is unknown.
import assert from 'node:assert/strict';
import { createHmac, randomUUID } from 'node:crypto';
import { afterEach, before, describe, test } from 'node:test';
import { cookieOf, get, signIn, tableOf } from './lib/admin.mjs';
import { anonymous, expectProblem, expectStatus, ready, Seller } from './lib/api.mjs';
import { accepted, bid, callsTo, rejected, script } from './lib/buyers.mjs';
import * as config from './lib/config.mjs';
import { auditMoney, capOf } from './lib/money.mjs';
import { apply, ctl, newKey, sleep, sql } from './lib/system.mjs';

const cap = (on, per, limits) => ({ on, per, ...limits });
const fixed = (amount) => ({ type: 'fixed', amount });
// What pings see of caps and balances is at most a second old.
const seenByPings = () => sleep(1300);

function verdict(buyer, said) {
	const secret = ctl(['postback-secret', 'show', buyer]).out;
	const id = `msg_${randomUUID()}`;
	const at = Math.floor(Date.now() / 1000);
	const mac = createHmac('sha256', Buffer.from(secret.replace(/^whsec_/, ''), 'base64'))
		.update(`${id}.${at}.${JSON.stringify(said)}`).digest('base64');

	return anonymous.post(`/v1/postback/${buyer}`, said,
		{ 'webhook-id': id, 'webhook-timestamp': String(at), 'webhook-signature': `v1,${mac}` });
}

const funds = (buyer) => JSON.parse(ctl(['funds', 'show', buyer, '--json']).out)[0];
const charged = (sale) => sql(`SELECT event, kind, SUM(e.amount) FROM ledger_entry e JOIN ledger_account a ON a.id = e.account_id
	WHERE attempt_id = UNHEX('${sale}') GROUP BY event, kind`);

describe('money', () => {
	const keys = ['mo', 'mo-b', 'mo-budget', 'mo-reject', 'mo-lost', 'mo-sent', 'mo-each', 'mo-buyer', 'mo-buyer2', 'mo-late', 'mo-seller', 'mo-pre', 'mo-credit',
		'mo-race', 'mo-rev', 'mo-fix', 'mo-margin', 'mo-below', 'mo-funded-reject', 'mo-funded-lost'];
	const sellers = {};
	let buyers;

	const contractOf = (key) => {
		const make = {
			mo: () => config.contract('mo', 'mo', { caps: [cap('sold', 'day', { leads: 2 })] }),
			'mo-budget': () => config.contract('mo-budget', 'mo-budget', { caps: [cap('sold', 'month', { leads: 50, spend: '50.00' })] }),
			'mo-reject': () => config.contract('mo-reject', 'mo-reject', { caps: [cap('sold', 'day', { leads: 1 }), cap('sent', 'total', { leads: 9 })] }),
			'mo-lost': () => config.contract('mo-lost', 'mo-lost', { caps: [cap('sold', 'day', { leads: 1 })] }),
			'mo-late': () => config.contract('mo-late', 'mo-late', { caps: [cap('sold', 'week', { leads: 2 })] }),
			'mo-sent': () => config.contract('mo-sent', 'mo-sent', { caps: [cap('sent', 'hour', { leads: 2 })] }),
			'mo-each': () => config.contract('mo-each', 'mo-each', { caps: [cap('sold', 'day', { leads: 1, by: 'seller' })] }),
			'mo-race': () => config.contract('mo-race', 'mo-race', { caps: [cap('sold', 'day', { leads: 1 })] }),
		};

		return make[key] ? make[key]() : config.contract(key, key === 'mo-b' ? 'mo' : key);
	};

	before(async () => {
		const payouts = { 'mo-rev': { type: 'revshare', percent: '33.3333' }, 'mo-fix': { type: 'fixed', amount: '7.25' },
			'mo-margin': { type: 'margin', amount: '2.50' }, 'mo-below': { type: 'fixed', amount: '25.00' } };
		const fundings = { 'mo-pre': { mode: 'prepaid' }, 'mo-credit': { mode: 'credit', limit: '45.00' }, 'mo-funded-reject': { mode: 'prepaid' },
			'mo-funded-lost': { mode: 'prepaid' } };
		const campaigns = keys.filter((key) => !['mo-b', 'mo-buyer2'].includes(key)).map((key) => config.campaign(key, 'mo', {}, payouts[key] ? { payout: payouts[key] } : {}));
		const all = campaigns.map((c) => c.key);

		for (const key of keys) {
			script(`/${key}/ping`, bid(key === 'mo-b' ? 10 : 20));
			script(`/${key}/post`, accepted());
		}
		script('/mo-race-b/ping', bid(10));
		script('/mo-race-b/post', accepted());
		script('/mo-reject/post', rejected());
		script('/mo-sent/post', rejected());
		script('/mo-lost/post', { reset: true });
		script('/mo-funded-reject/post', rejected());
		script('/mo-funded-lost/post', { reset: true });
		script('/mo-budget/ping', (call) => bid(call.json.sub1 === 'dear' ? 40 : 15));
		script('/mo-margin/ping', (call) => bid(call.json.sub1 === 'cheap' ? 2 : 20));
		buyers = keys.filter((key) => key !== 'mo-buyer2').map((key) => config.buyer(key, [contractOf(key)], { ...(fundings[key] ? { funding: fundings[key] } : {}) }));
		buyers.push(config.buyer('mo-race-b', [config.contract('mo-race-b', 'mo-race')]));
		const shared = buyers.find((b) => b.key === 'mo-buyer');
		shared.contracts.push(config.contract('mo-buyer2', 'mo-buyer', { price: fixed('9.00'), ping: undefined }));
		shared.caps = [cap('sold', 'day', { leads: 3 })];
		await apply(config.document({ verticals: [config.vertical('mo')], campaigns,
			sellers: [config.seller('mo', all), config.seller('mo-other', all), config.seller('mo-owncap', ['mo-seller'], { caps: [cap('sold', 'day', { leads: 2 })] }),
				config.seller('mo-own', ['mo-rev'], { payout: { type: 'margin', percent: '12.5' } })],
			buyers }));
		for (const key of ['mo', 'mo-other', 'mo-owncap', 'mo-own'])
			sellers[key] = new Seller(newKey(key));
		sellers.sandbox = new Seller(newKey('mo', '--sandbox'));
		await ready(...Object.values(sellers));
	});

	afterEach(auditMoney);

	const lead = async (campaign, { seller = 'mo', source, status = 201 } = {}) =>
		expectStatus(await sellers[seller].lead({ campaign, lead: config.wholeLead(), ...(source ? { source } : {}) }), status);
	const ping = async (campaign, { seller = 'mo', source } = {}) =>
		expectStatus(await sellers[seller].ping({ campaign, lead: config.lead(), ...(source ? { source } : {}) }), 200);
	const post = async (pinged) => expectStatus(await sellers.mo.sell({ ping_id: pinged.ping_id, lead: config.wholeLead() }), 201);
	const codes = (answer) => Object.fromEntries(answer.reasons.map((r) => [r.code, r.count]));
	const buyerOf = (sold) => sold.sales[0].buyer.id;
	const ruleOf = (id, contract) => {
		const row = JSON.parse(ctl(['explain', id, '--json']).out).contracts.find((c) => c.contract === contract);

		return [row.code, row.rule];
	};

	test('a full cap keeps a contract from being asked, and the next buyer gets the lead', async () => {
		assert.equal(buyerOf(await lead('mo')), 'mo');
		assert.equal(buyerOf(await lead('mo')), 'mo');
		await seenByPings();
		const asked = callsTo('/mo/ping').length;
		const pinged = await ping('mo');

		assert.deepEqual(codes(pinged), { cap_sold: 1 });
		assert.equal(pinged.bids[0].buyer.id, 'mo-b');
		assert.equal(callsTo('/mo/ping').length, asked, 'it was not asked');
		assert.equal(buyerOf(await lead('mo')), 'mo-b');
		assert.deepEqual(capOf('contract', 'mo'), { leads: 2, spend: 40 });
		assert.deepEqual(ruleOf(pinged.ping_id, 'mo'), ['cap_sold', '/caps/0']);
	});

	test('two pings see room for one: the second post goes to the next bid', async () => {
		const pings = [await ping('mo-race'), await ping('mo-race')];
		const [first, second] = [await post(pings[0]), await post(pings[1])];

		assert.deepEqual([buyerOf(first), buyerOf(second)], ['mo-race', 'mo-race-b']);
		assert.deepEqual(codes(second), { cap_sold: 1 });
		assert.equal(second.sales.length, 1, 'what did not happen is no sale');
		assert.equal(callsTo('/mo-race/post').length, 1);
		// The same from the rows.
		const seen = expectStatus(await sellers.mo.get(`/v1/leads/${second.lead_id}`), 200);

		assert.deepEqual(codes(seen), { cap_sold: 1 });
		assert.deepEqual(ruleOf(second.lead_id, 'mo-race'), ['cap_sold', '/caps/0']);
		assert.equal(ruleOf(second.lead_id, 'mo-race-b')[0], 'accepted');
	});

	test('a budget is not overdrawn: a bid above what is left is not taken, a smaller one is', async () => {
		assert.equal((await lead('mo-budget', { source: { sub1: 'dear' } })).status, 'sold');
		await seenByPings();
		const dear = await ping('mo-budget', { source: { sub1: 'dear' } });

		assert.equal(dear.status, 'unmatched');
		assert.deepEqual(codes(dear), { cap_spend: 1 });
		assert.equal((await ping('mo-budget')).status, 'unmatched', '15 is more than 10');
		assert.deepEqual(capOf('contract', 'mo-budget'), { leads: 1, spend: 40 });
	});

	test('a reject gives a cap on sales back, and keeps one on posts', async () => {
		for (let n = 0; n < 3; n++)
			assert.equal((await lead('mo-reject')).status, 'unsold');
		assert.equal(callsTo('/mo-reject/post').length, 3);
		assert.deepEqual(capOf('contract', 'mo-reject'), { leads: 0, spend: 0 });
		assert.deepEqual(capOf('contract', 'mo-reject', 'sent'), { leads: 3, spend: 60 });
	});

	test('a cap on posts counts those that were rejected', async () => {
		for (let n = 0; n < 2; n++)
			assert.deepEqual(codes(await lead('mo-sent')), { rejected_duplicate: 1 });
		await seenByPings();
		assert.deepEqual(codes(await lead('mo-sent')), { cap_sent: 1 });
		assert.equal(callsTo('/mo-sent/post').length, 2);
	});

	test('an unknown outcome keeps its cap until a verdict settles it', async () => {
		const held = await lead('mo-lost');

		assert.equal(held.status, 'pending');
		assert.deepEqual(capOf('contract', 'mo-lost'), { leads: 1, spend: 20 });
		await seenByPings();
		assert.deepEqual(codes(await lead('mo-lost')), { cap_sold: 1 });
		expectStatus(await verdict('mo-lost', { sale_id: held.sales[0].sale_id, status: 'rejected', reason: 'never came' }), 200);
		assert.deepEqual(capOf('contract', 'mo-lost'), { leads: 0, spend: 0 });
		// A second verdict gives nothing back a second time.
		expectProblem(await verdict('mo-lost', { sale_id: held.sales[0].sale_id, status: 'accepted' }), 409);
		assert.deepEqual(capOf('contract', 'mo-lost'), { leads: 0, spend: 0 });
		await seenByPings();
		assert.equal((await lead('mo-lost')).status, 'pending');
	});

	test('a late reject of an accepted sale gives cap and charge back', async () => {
		const sold = await lead('mo-late');

		await lead('mo-late');
		await seenByPings();
		assert.deepEqual(codes(await lead('mo-late')), { cap_sold: 1 });
		expectStatus(await verdict('mo-late', { sale_id: sold.sales[0].sale_id, status: 'rejected' }), 200);
		await seenByPings();
		assert.equal((await lead('mo-late')).status, 'sold');
		assert.deepEqual(capOf('contract', 'mo-late'), { leads: 2, spend: 40 });
	});

	test('a cap that is lifted or changed meanwhile gets back what was taken from it, and nothing else', async () => {
		assert.deepEqual(capOf('contract', 'mo-lost'), { leads: 1, spend: 20 }, 'one is held from before');
		const changed = structuredClone(buyers.find((b) => b.key === 'mo-lost'));

		changed.contracts[0].caps = [cap('sold', 'hour', { leads: 5 }), cap('sold', 'total', { leads: 5 })];
		await apply(config.document({ buyers: [changed] }));
		const second = await lead('mo-lost');

		assert.equal(second.status, 'pending');
		assert.deepEqual(capOf('contract', 'mo-lost'), { leads: 3, spend: 60 }, 'the day\'s, the hour\'s and the total');
		expectStatus(await verdict('mo-lost', { sale_id: second.sales[0].sale_id, status: 'rejected' }), 200);
		assert.deepEqual(capOf('contract', 'mo-lost'), { leads: 1, spend: 20 }, 'the day\'s stays taken by the first');
	});

	test('a cap by seller is one for each', async () => {
		await lead('mo-each');
		await seenByPings();
		assert.deepEqual(codes(await lead('mo-each')), { cap_sold: 1 });
		assert.equal((await lead('mo-each', { seller: 'mo-other' })).status, 'sold');
		await seenByPings();
		assert.deepEqual(codes(await lead('mo-each', { seller: 'mo-other' })), { cap_sold: 1 });
	});

	test('a buyer\'s cap counts all its contracts', async () => {
		for (let n = 0; n < 3; n++)
			assert.equal((await lead('mo-buyer')).status, 'sold');
		await seenByPings();
		assert.deepEqual(codes(await lead('mo-buyer')), { cap_sold: 2 });
		assert.deepEqual(capOf('buyer', 'mo-buyer'), { leads: 3, spend: 60 });
	});

	test('a seller\'s own cap refuses its pings, with a time to come back', async () => {
		const pings = [];

		for (let n = 0; n < 3; n++)
			pings.push(await ping('mo-seller', { seller: 'mo-owncap' }));
		for (const n of [0, 1])
			assert.equal(expectStatus(await sellers['mo-owncap'].sell({ ping_id: pings[n].ping_id, lead: config.wholeLead() }), 201).status, 'sold');
		const over = expectStatus(await sellers['mo-owncap'].sell({ ping_id: pings[2].ping_id, lead: config.wholeLead() }), 201);

		assert.equal(over.status, 'rejected');
		assert.deepEqual(codes(over), { seller_cap: 1 });
		assert.deepEqual(capOf('seller', 'mo-owncap'), { leads: 2, spend: 32 }, 'what it earned');
		await seenByPings();
		const refused = await sellers['mo-owncap'].ping({ campaign: 'mo-seller', lead: config.lead() });

		expectProblem(refused, 429, 'seller_cap');
		assert.ok(Number(refused.headers['retry-after']) <= 3600);
		expectProblem(await sellers['mo-owncap'].lead({ campaign: 'mo-seller', lead: config.wholeLead() }), 429, 'seller_cap');
		assert.equal((await lead('mo-seller')).status, 'sold', 'another seller is not held up');
	});

	test('prepaid: nothing without a deposit, never below zero', async () => {
		assert.deepEqual(codes(await ping('mo-pre')), { no_funds: 1 });
		assert.match(ctl(['funds', 'deposit', 'mo-pre', '50', '--note', 'wire 17']).out, /^dep_[0-9A-HJKMNP-TV-Z]{26}$/);
		await seenByPings();
		assert.equal((await lead('mo-pre')).status, 'sold');
		assert.equal((await lead('mo-pre')).status, 'sold');
		await seenByPings();
		assert.deepEqual(codes(await lead('mo-pre')), { no_funds: 1 });
		assert.deepEqual(funds('mo-pre'), { buyer: 'mo-pre', mode: 'prepaid', currency: 'USD', balance: '10.00', held: '0.00', available: '10.00' });
		assert.match(ctl(['funds', 'withdraw', 'mo-pre', '10.01'], { status: 1 }).err, /less than that free/);
		ctl(['funds', 'withdraw', 'mo-pre', '10']);
		assert.equal(funds('mo-pre').balance, '0.00');
		assert.deepEqual(sql('SELECT action, detail FROM audit WHERE object = \'buyer:mo-pre\' ORDER BY id').map(([action, detail]) =>
			[action, detail.replace(/dep_\w+/, 'dep')]), [['funds.deposit', '50.00 USD dep: wire 17'], ['funds.withdraw', '-10.00 USD dep']]);
	});

	test('credit: down to its limit, without a deposit', async () => {
		assert.equal((await lead('mo-credit')).status, 'sold');
		assert.equal((await lead('mo-credit')).status, 'sold');
		await seenByPings();
		assert.deepEqual(codes(await lead('mo-credit')), { no_funds: 1 });
		assert.deepEqual(funds('mo-credit'), { buyer: 'mo-credit', mode: 'credit', currency: 'USD', balance: '-40.00', held: '0.00', available: '5.00' });
	});

	test('funds: a reject frees them, an unknown outcome holds them, a verdict charges them once', async () => {
		ctl(['funds', 'deposit', 'mo-funded-reject', '20']);
		ctl(['funds', 'deposit', 'mo-funded-lost', '20']);
		for (let n = 0; n < 2; n++) {
			await seenByPings();
			assert.deepEqual(codes(await lead('mo-funded-reject')), { rejected_duplicate: 1 });
		}
		assert.deepEqual([funds('mo-funded-reject').balance, funds('mo-funded-reject').held], ['20.00', '0.00']);
		const held = await lead('mo-funded-lost');

		assert.deepEqual([funds('mo-funded-lost').balance, funds('mo-funded-lost').held, funds('mo-funded-lost').available], ['20.00', '20.00', '0.00']);
		assert.match(ctl(['funds', 'withdraw', 'mo-funded-lost', '1'], { status: 1 }).err, /less than that free/);
		const rows = tableOf(await get('/admin/funds', cookieOf(await signIn())), 'funds').filter(([name]) => name.startsWith('Buyer mo-'));

		assert.deepEqual(rows.map(([, state]) => state), ['no funds', 'no funds', 'low', 'low']);
		for (const row of [['Buyer mo-pre', 'no funds', '0.00 USD', '0.00 USD', '0.00 USD', '–', 'prepaid'],
			['Buyer mo-funded-lost', 'no funds', '0.00 USD', '20.00 USD', '20.00 USD', '–', 'prepaid'],
			['Buyer mo-credit', 'low', '5.00 USD', '-40.00 USD', '0.00 USD', '45.00 USD', 'credit'],
			['Buyer mo-funded-reject', 'low', '20.00 USD', '20.00 USD', '0.00 USD', '–', 'prepaid']])
			assert.deepEqual(rows.find(([name]) => name === row[0]), row);
		await seenByPings();
		assert.deepEqual(codes(await lead('mo-funded-lost')), { no_funds: 1 });
		for (let n = 0; n < 2; n++)
			expectStatus(await verdict('mo-funded-lost', { sale_id: held.sales[0].sale_id, status: 'accepted', event_id: `e-${n}` }), 200);
		assert.deepEqual([funds('mo-funded-lost').balance, funds('mo-funded-lost').held], ['0.00', '0.00']);
	});

	test('payouts: what the buyer pays is what the seller gets and what is kept', async () => {
		const money = (sold) => {
			const [[id]] = sql(`SELECT HEX(id) FROM sale ORDER BY created_at DESC LIMIT 1`);

			return [sold.sales[0].price, ...charged(id).map(([, kind, amount]) => `${kind} ${Number(amount)}`).sort()];
		};

		assert.deepEqual(money(await lead('mo-rev')), ['6.6667', 'buyer -20', 'margin 13.3333', 'seller 6.6667']);
		assert.deepEqual(money(await lead('mo-fix')), ['7.25', 'buyer -20', 'margin 12.75', 'seller 7.25']);
		assert.deepEqual(money(await lead('mo-margin')), ['17.50', 'buyer -20', 'margin 2.5', 'seller 17.5']);
		assert.deepEqual(money(await lead('mo-rev', { seller: 'mo-own' })), ['17.50', 'buyer -20', 'margin 2.5', 'seller 17.5'], 'the seller\'s own payout');
		assert.deepEqual(codes(await lead('mo-below')), { below_margin: 1 });
		assert.deepEqual(codes(await ping('mo-margin', { source: { sub1: 'cheap' } })), { below_margin: 1 });
	});

	test('the sandbox takes no caps and no money', async () => {
		const count = () => sql('SELECT (SELECT COUNT(*) FROM cap_hold), (SELECT COUNT(*) FROM funds_hold), (SELECT COUNT(*) FROM ledger_entry)')[0];
		const was = count();

		assert.equal((await lead('mo', { seller: 'sandbox' })).status, 'sold');
		assert.equal((await lead('mo-pre', { seller: 'sandbox' })).status, 'sold');
		assert.deepEqual(count(), was);
	});

	test('gavelctl funds says what is wrong', () => {
		assert.match(ctl(['funds', 'deposit', 'nobody', '5'], { status: 1 }).err, /no such buyer: nobody/);
		for (const amount of ['0', '-5', '1.23456', 'ten'])
			assert.match(ctl(['funds', 'deposit', 'mo-pre', amount], { status: 1 }).err, /amount/);
		assert.match(ctl(['funds', 'deposit', 'mo-pre', '5', '--currency', 'EUR'], { status: 1 }).err, /buys nothing in EUR/);
		ctl(['funds', 'deposit', 'mo-pre'], { status: 2 });
		assert.match(ctl(['funds', 'show', 'mo-credit']).out, /^BUYER +MODE +CURRENCY +BALANCE +HELD +AVAILABLE\nmo-credit +credit +USD +-40\.00 +0\.00 +5\.00$/);
	});
});
