// Sixty-four clients at once, four worker processes, three thousand leads: a cap, a budget and a prepaid balance are each used to the last
// lead that fits and never one further, nothing is lost, and the ledger sums to zero. Then a worker dies in the middle of a sale.
//
//	FLOW_WORKERS=4 node --test-reporter=tap tests/load/money.test.mjs
import assert from 'node:assert/strict';
import { createHmac, randomUUID } from 'node:crypto';
import { before, describe, test } from 'node:test';
import { anonymous, expectStatus, ready, Seller } from '../flow/lib/api.mjs';
import { accepted, bid, rejected, script } from '../flow/lib/buyers.mjs';
import * as config from '../flow/lib/config.mjs';
import { auditMoney, capOf } from '../flow/lib/money.mjs';
import { apply, ctl, eventually, newKey, sleep, sql, workers } from '../flow/lib/system.mjs';

const LEADS = 3000;
const CLIENTS = 64;
const CAP = 100;
const BUDGET = 1000;
const DEPOSIT = 750;

// What one buyer has by its own count: leads that it accepted, or of which it lost its own answer; and those whose verdict is under way.
const books = {};

class Book {
	constructor() {
		Object.assign(this, { leads: 0, spend: 0, mostLeads: 0, mostSpend: 0, accepted: 0, lost: 0, rejected: 0, sales: new Map() });
	}

	// Every seventh is rejected, every nineteenth is taken and the answer lost.
	answer(call, n) {
		const cost = Number(call.json.price);

		this.leads += 1;
		this.spend += cost;
		this.mostLeads = Math.max(this.mostLeads, this.leads);
		this.mostSpend = Math.max(this.mostSpend, this.spend);
		if (n % 7 === 0) {
			this.leads -= 1;
			this.spend -= cost;
			this.rejected += 1;
			return rejected();
		}
		this.sales.set(call.json.sale_id, cost);
		if (n % 19 === 0) {
			this.lost += 1;
			return { reset: true };
		}
		this.accepted += 1;
		return accepted();
	}
}

function verdict(buyer, secret, said) {
	const id = `msg_${randomUUID()}`;
	const at = Math.floor(Date.now() / 1000);
	const mac = createHmac('sha256', Buffer.from(secret.replace(/^whsec_/, ''), 'base64')).update(`${id}.${at}.${JSON.stringify(said)}`).digest('base64');

	return anonymous.post(`/v1/postback/${buyer}`, said, { 'webhook-id': id, 'webhook-timestamp': String(at), 'webhook-signature': `v1,${mac}` });
}

async function inParallel(clients, total, work) {
	let next = 0;

	await Promise.all(Array.from({ length: clients }, async () => {
		while (next < total)
			await work(next++);
	}));
}

const stateOf = (buyer) => Object.fromEntries(sql(`SELECT s.state, COUNT(*) FROM sale s JOIN buyer b ON b.id = s.buyer_id WHERE b.name = '${buyer}' GROUP BY s.state`)
	.map(([state, n]) => [['', 'posting', 'pending', 'accepted', 'rejected'][state], Number(n)]));
const counted = (book) => Object.fromEntries(Object.entries({ accepted: book.accepted, pending: book.lost, rejected: book.rejected }).filter(([, n]) => n > 0));
const spentBy = (buyer) => Number(sql(`SELECT COALESCE(SUM(s.cost), 0) FROM sale s JOIN buyer b ON b.id = s.buyer_id WHERE b.name = '${buyer}' AND s.state <> 4`)[0][0]);
const fundsOf = (buyer) => JSON.parse(ctl(['funds', 'show', buyer, '--json']).out)[0];

describe('money under load', () => {
	let seller;

	before(async () => {
		const price = (low) => (call, n) => bid((low + (n % 500) / 100).toFixed(2));

		for (const [key, low] of [['ld-cap', 20], ['ld-budget', 12], ['ld-prepaid', 6]]) {
			books[key] = new Book();
			script(`/${key}/ping`, price(low));
			script(`/${key}/post`, (call, n) => books[key].answer(call, n));
		}
		script('/ld-rest/post', accepted());
		script('/ld-crash/ping', bid(30));
		await apply(config.document({ verticals: [config.vertical('ld')],
			campaigns: [config.campaign('ld', 'ld', { ping_timeout_ms: 5000, post_timeout_ms: 10000, post_deadline_ms: 30000 }),
				config.campaign('ld-crash', 'ld', { post_timeout_ms: 2000, post_deadline_ms: 2500 })],
			sellers: [config.seller('ld', ['ld', 'ld-crash'])],
			buyers: [
				config.buyer('ld-cap', [config.contract('ld-cap', 'ld', { caps: [{ on: 'sold', per: 'total', leads: CAP }, { on: 'sent', per: 'total', leads: LEADS }] })]),
				config.buyer('ld-budget', [config.contract('ld-budget', 'ld')], { caps: [{ on: 'sold', per: 'total', spend: String(BUDGET) }] }),
				config.buyer('ld-prepaid', [config.contract('ld-prepaid', 'ld')], { funding: { mode: 'prepaid' } }),
				config.buyer('ld-rest', [config.contract('ld-rest', 'ld', { price: { type: 'fixed', amount: '2.00' }, ping: undefined })]),
				config.buyer('ld-crash', [config.contract('ld-crash', 'ld-crash', { caps: [{ on: 'sold', per: 'total', leads: 1 }] })], { funding: { mode: 'prepaid' } })] }));
		ctl(['funds', 'deposit', 'ld-prepaid', String(DEPOSIT)]);
		ctl(['funds', 'deposit', 'ld-crash', '30']);
		seller = new Seller(newKey('ld'));
		await ready(seller);
		assert.equal(workers().length, Number(process.env.FLOW_WORKERS), 'as many workers as were asked for');
	});

	test(`${LEADS} leads from ${CLIENTS} clients`, { timeout: 120000 }, async (t) => {
		let busy = 0;
		// A 503 says that nothing was done: a seller's program tries again.
		const patient = async (call, status) => {
			for (;;) {
				const answer = await call();

				if (answer.status !== 503)
					return expectStatus(answer, status);
				busy += 1;
				await sleep(20);
			}
		};
		const told = { sold: 0, unsold: 0, pending: 0, rejected: 0 };
		const from = Date.now();

		await inParallel(CLIENTS, LEADS, async (n) => {
			const { first_name, email, phone, ...early } = config.wholeLead();
			const whole = { ...early, first_name, email, phone };
			let post;

			if (n % 3 !== 0) {
				post = await patient(() => seller.lead({ campaign: 'ld', lead: whole }), 201);
			} else {
				const ping = await patient(() => seller.ping({ campaign: 'ld', lead: early }), 200);

				post = await patient(() => seller.sell({ ping_id: ping.ping_id, lead: whole }), 201);
			}
			told[post.status] += 1;
		});
		t.diagnostic(`${LEADS} leads in ${Date.now() - from} ms: ${JSON.stringify(told)}, ${busy} times busy`);

		const leads = Object.fromEntries(sql('SELECT state, COUNT(*) FROM `lead` WHERE campaign_id = (SELECT id FROM campaign WHERE name = \'ld\') GROUP BY state'));

		// 2 sold, 3 unsold, 4 pending: as it was told, and none is under way.
		assert.deepEqual(leads, Object.fromEntries([['2', told.sold], ['3', told.unsold], ['4', told.pending]].filter(([, n]) => n > 0).map(([s, n]) => [s, String(n)])));
		assert.equal(told.sold + told.unsold + told.pending, LEADS);
		assert.equal(told.unsold, 0, 'the last buyer takes what the others have no room for');
		auditMoney();

		for (const [key, book] of Object.entries(books)) {
			assert.deepEqual(stateOf(key), counted(book), `${key}: sales are as the buyer has them`);
			assert.equal(spentBy(key).toFixed(2), book.spend.toFixed(2), key);
		}
		const cap = books['ld-cap'];
		const budget = books['ld-budget'];
		const prepaid = books['ld-prepaid'];

		assert.equal(cap.mostLeads, CAP, 'used to the last, and at no time more');
		assert.deepEqual(capOf('contract', 'ld-cap').leads, CAP);
		assert.equal(capOf('contract', 'ld-cap', 'sent').leads, cap.accepted + cap.lost + cap.rejected);
		assert.ok(budget.mostSpend <= BUDGET + 0.001, `${budget.mostSpend} at the most`);
		assert.ok(budget.spend > BUDGET - 17, `${budget.spend} of the budget is spent`);
		assert.ok(prepaid.mostSpend <= DEPOSIT + 0.001, `${prepaid.mostSpend} at the most`);
		assert.ok(prepaid.spend > DEPOSIT - 11, `${prepaid.spend} of the deposit is spent`);
		t.diagnostic(`deadlocks at the database: ${sql('SHOW GLOBAL STATUS LIKE \'Innodb_deadlocks\'').map(([, n]) => n)}`);
		t.diagnostic(`spent at the most: ${budget.mostSpend.toFixed(2)} of ${BUDGET}, ${prepaid.mostSpend.toFixed(2)} of ${DEPOSIT}`);
	});

	test('the verdicts that were lost come by postback, all at once', { timeout: 60000 }, async () => {
		const open = sql(`SELECT b.name, HEX(s.id), LOWER(HEX(s.id)) FROM sale s JOIN buyer b ON b.id = s.buyer_id WHERE s.state = 2 AND b.name IN ('ld-cap', 'ld-budget', 'ld-prepaid')`);
		const secrets = Object.fromEntries(Object.keys(books).map((key) => [key, ctl(['postback-secret', 'show', key]).out]));
		const crockford = (hex) => {
			let n = BigInt(`0x${hex}`);
			let text = '';

			for (let i = 0; i < 26; i++, n >>= 5n)
				text = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'[Number(n & 31n)] + text;
			return `sal_${text}`;
		};

		assert.ok(open.length > 10);
		// Each is said twice, by two callers at the same time.
		await inParallel(CLIENTS, open.length * 2, async (n) => {
			const [buyer, hex] = open[n >> 1];
			const sale = crockford(hex);
			const status = (n >> 1) % 2 === 0 ? 'accepted' : 'rejected';

			// From here on the buyer does not count it.
			if (n % 2 === 0) {
				books[buyer].lost -= 1;
				books[buyer][status] += 1;
				if (status === 'rejected') {
					books[buyer].leads -= 1;
					books[buyer].spend -= books[buyer].sales.get(sale);
				}
			}
			expectStatus(await verdict(buyer, secrets[buyer], { sale_id: sale, status, event_id: `late-${n >> 1}` }), 200);
		});
		// What was rejected late is sold again, perhaps to one of these: they are right once nothing is under way.
		await eventually(() => {
			auditMoney();
			for (const [key, book] of Object.entries(books)) {
				assert.deepEqual(stateOf(key), counted(book), key);
				assert.equal(spentBy(key).toFixed(2), book.spend.toFixed(2), key);
			}
			assert.equal(capOf('contract', 'ld-cap').leads, books['ld-cap'].leads);
			const { balance, held } = fundsOf('ld-prepaid');

			assert.equal((Number(balance) - Number(held)).toFixed(2), (DEPOSIT - books['ld-prepaid'].spend).toFixed(2), 'deposits without charges');
			assert.ok(Number(balance) >= 0);
		}, 20000);
		assert.ok(books['ld-cap'].mostLeads <= CAP && books['ld-budget'].mostSpend <= BUDGET + 0.001 && books['ld-prepaid'].mostSpend <= DEPOSIT + 0.001);
	});

	test('a worker killed between the intent and the verdict keeps cap and funds until it is settled', { timeout: 60000 }, async () => {
		const sold = { leads: 1, spend: 30 };
		let arrived;
		const sent = new Promise((resolve) => { arrived = resolve; });

		script('/ld-crash/post', (call) => {
			arrived(call.json.sale_id);
			return { stall: true };
		});
		const ping = expectStatus(await seller.ping({ campaign: 'ld-crash', lead: config.lead() }), 200);
		const post = seller.sell({ ping_id: ping.ping_id, lead: config.wholeLead() }).then((answer) => answer.status, () => 'cut off');
		const sale = await sent;
		const old = workers();

		for (const pid of old)
			process.kill(pid, 'SIGKILL');
		assert.notEqual(await post, 201);
		assert.deepEqual(capOf('contract', 'ld-crash'), sold);
		assert.deepEqual([fundsOf('ld-crash').balance, fundsOf('ld-crash').held], ['30.00', '30.00']);
		await eventually(() => {
			const now = workers();

			assert.ok(now.length === old.length && now.every((pid) => !old.includes(pid)), 'all are there again');
		}, 20000);
		// gavel-jobs finds the attempt past its deadline: held as unknown, and both are kept.
		await eventually(() => assert.deepEqual(stateOf('ld-crash'), { pending: 1 }), 30000);
		assert.deepEqual(capOf('contract', 'ld-crash'), sold);
		assert.deepEqual([fundsOf('ld-crash').balance, fundsOf('ld-crash').held], ['30.00', '30.00']);
		auditMoney();
		await eventually(async () => {
			const again = expectStatus(await seller.ping({ campaign: 'ld-crash', lead: config.lead() }), 200);

			assert.deepEqual(again.reasons, [{ code: 'cap_sold', count: 1 }]);
		}, 10000);
		const secret = ctl(['postback-secret', 'show', 'ld-crash']).out;

		expectStatus(await verdict('ld-crash', secret, { sale_id: sale, status: 'rejected', reason: 'never came' }), 200);
		assert.deepEqual(capOf('contract', 'ld-crash'), { leads: 0, spend: 0 });
		assert.deepEqual([fundsOf('ld-crash').balance, fundsOf('ld-crash').held], ['30.00', '0.00']);
		auditMoney();
	});
});
