// Never sold twice, never lost: leads are sold to buyers that accept and drop the connection, while workers and job runners are killed, first at
// every failpoint, then at random; buyers change their minds, answer checks from their books, and settle by postback what is still open.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { ready, Seller, send } from '../flow/lib/api.mjs';
import { accepted, bid, callsTo, rejected, script } from '../flow/lib/buyers.mjs';
import * as config from '../flow/lib/config.mjs';
import { apply, eventually, newKey, sleep, sql, workers } from '../flow/lib/system.mjs';
import { hex, say } from '../flow/lib/verdicts.mjs';
import { check } from './checker.mjs';
import { arm, ask, disarm, hasStruck, Log, Runners } from './lib.mjs';

const LEADS = Number(process.env.FAULT_LEADS);
const CLIENTS = Math.max(24, LEADS / 20);
const PATIENCE = 60000 + LEADS * 200;

const buyers = new Log('buyers');
const clients = new Log('client');
const books = new Map();
const writeDown = (buyer, call, took) => {
	buyers.write({ lead: call.lead_id, sale: call.sale_id, buyer, took });
	books.set(call.sale_id, { buyer, took, lead: call.lead_id });
};
const accept = (buyer, then) => (call) => { writeDown(buyer, call.json, true); return then; };

// Half of what it accepts it never says so: the connection drops, the answer is cut, or it is a 500.
const moody = (buyer, dropShare) => (call) => {
	const dice = Math.random();

	if (dice < 0.1)
		return { ...rejected(), delay: Math.random() * 50 };
	if (dice > 0.95)
		return { reset: true };
	writeDown(buyer, call.json, true);
	if (Math.random() >= dropShare)
		return { ...accepted(), delay: Math.random() * 100 };
	return [{ reset: true }, { ...accepted(), cut: true }, { status: 500, json: { status: 'accepted' } }][Math.floor(Math.random() * 3)];
};

const fromBooks = (call) => (books.get(call.json.sale_id)?.took ? accepted() : rejected('never seen'));
const checkStep = (key) => ({ ...config.postStep(`/${key}/check`), body: { json: { sale_id: '{{sale_id}}' } } });
const quick = { ping_timeout_ms: 3000, post_timeout_ms: 1500, post_deadline_ms: 3000, bid_ttl_s: 300, reroute: { max_attempts: 6, window_s: 900 } };

// Leases of runners that were killed end now instead of in 45 seconds, and nothing waits for its longer pauses.
const hurry = () => sql('UPDATE work SET due_at = UTC_TIMESTAMP(6)');

describe('never twice, never lost', () => {
	let key;
	let jobs;

	before(async () => {
		disarm();
		for (const [buyer, price] of [['fv-drop', 30], ['fv-check', 20], ['fv-last', 10], ['fp-one', 30], ['fp-two', 20], ['fr-one', 30], ['fr-two', 20]]) {
			script(`/${buyer}/ping`, bid(price));
			script(`/${buyer}/check`, fromBooks);
		}
		script('/fv-drop/post', moody('fv-drop', 1));
		script('/fv-check/post', moody('fv-check', 0.5));
		script('/fv-last/post', moody('fv-last', 0.3));
		script('/fp-one/post', accept('fp-one', accepted()));
		script('/fp-two/post', accept('fp-two', accepted()));
		script('/fr-one/post', accept('fr-one', { reset: true }));
		script('/fr-two/post', accept('fr-two', accepted()));
		const unknown = (buyer) => ({ unknown: { hold_s: 86400, check: checkStep(buyer) } });

		await apply(config.document({ verticals: [config.vertical('fv')], campaigns: [config.campaign('fv', 'fv', quick), config.campaign('fp', 'fv', quick),
			config.campaign('fr', 'fv', quick)], sellers: [config.seller('fv', ['fv', 'fp', 'fr'])],
			buyers: [config.simpleBuyer('fv-drop', 'fv'), config.simpleBuyer('fv-check', 'fv', unknown('fv-check')), config.simpleBuyer('fv-last', 'fv'),
				config.simpleBuyer('fp-one', 'fp', unknown('fp-one')), config.simpleBuyer('fp-two', 'fp'),
				config.simpleBuyer('fr-one', 'fr', { unknown: { hold_s: 86400, repeat: true } }), config.simpleBuyer('fr-two', 'fr')] }));
		key = newKey('fv');
		await ready(new Seller(key));
		jobs = new Runners(2);
	});

	after(() => jobs.end());

	async function sell(campaign) {
		const idempotency = randomUUID();
		const answer = await ask(key, { campaign, lead: config.wholeLead() }, idempotency, Date.now() + PATIENCE);

		clients.write({ key: idempotency, lead: answer.lead_id, status: answer.status, sales: answer.sales });
		return answer;
	}

	const stateOf = (lead) => sql(`SELECT state FROM \`lead\` WHERE id = X'${hex(lead)}'`)[0]?.[0];
	const salesOf = (lead) => sql(`SELECT b.name, s.state FROM sale s JOIN buyer b ON b.id = s.buyer_id WHERE s.lead_id = X'${hex(lead)}' ORDER BY s.id`)
		.map(([buyer, state]) => `${buyer} ${['', 'posting', 'pending', 'accepted', 'rejected'][state]}`);
	const ends = (lead, sales) => eventually(() => { hurry(); assert.deepEqual(salesOf(lead), sales); assert.notEqual(stateOf(lead), '1'); }, 40000);
	const struck = () => eventually(() => assert.ok(hasStruck(), 'the failpoint was reached'), 30000);

	async function rejectsLater(answer) {
		const { sale_id } = answer.sales[0];

		writeDown('fp-one', { lead_id: answer.lead_id, sale_id }, false);
		assert.equal((await say('fp-one', { sale_id, status: 'rejected' })).status, 200);
	}

	test('killed before the intent: the client asks again, and it is sold once', async () => {
		arm('post.before_intent');
		const answer = await sell('fp');

		assert.ok(hasStruck());
		assert.equal(answer.status, 'sold');
		await ends(answer.lead_id, ['fp-one accepted']);
	});

	test('paused before the intent until a copy took its key over: the copy\'s is the only lead', { timeout: 90000 }, async () => {
		const idempotency = randomUUID();
		const body = { campaign: 'fp', lead: config.wholeLead() };

		arm('post.before_intent', 'stall:15000');
		const paused = send('POST', '/v1/lead', { timeout: 60000, body: JSON.stringify(body),
			headers: { Authorization: `Bearer ${key}`, 'Content-Type': 'application/json', 'Idempotency-Key': idempotency } });

		await eventually(() => assert.equal(sql(`SELECT COUNT(*) FROM idempotency WHERE name = '${idempotency}'`)[0][0], '1'), 5000);
		await sleep(1000);
		disarm();
		const answer = await ask(key, body, idempotency, Date.now() + PATIENCE);

		clients.write({ key: idempotency, lead: answer.lead_id, status: answer.status, sales: answer.sales });
		assert.equal((await paused).status, 409);
		await ends(answer.lead_id, ['fp-one accepted']);
	});

	test('killed after the intent: the buyer never had it, says so when asked, and the next one gets it', async () => {
		arm('post.after_intent');
		const answer = await sell('fp');

		assert.ok(hasStruck());
		assert.equal(answer.status, 'pending');
		await ends(answer.lead_id, ['fp-one rejected', 'fp-two accepted']);
	});

	test('killed between the verdict and its commit: held, and the buyer\'s word settles it', async () => {
		arm('post.before_result');
		const answer = await sell('fp');

		assert.ok(hasStruck());
		assert.equal(answer.status, 'pending');
		await ends(answer.lead_id, ['fp-one accepted']);
	});

	for (const point of ['work.taken', 'reroute.before_sale', 'post.before_intent', 'reroute.after_sale', 'work.done'])
		test(`a job runner is killed at ${point}: the lead is sold again all the same, once`, async () => {
			const answer = await sell('fp');

			arm(point);
			await rejectsLater(answer);
			await struck();
			await ends(answer.lead_id, ['fp-one rejected', 'fp-two accepted']);
			await eventually(() => assert.equal(stateOf(answer.lead_id), '2'));
		});

	for (const point of ['unknown.before_call', 'unknown.after_call'])
		test(`a job runner is killed at ${point}: the verdict is found out all the same`, async () => {
			arm('post.before_result');
			const answer = await sell('fp');

			await eventually(() => assert.deepEqual(salesOf(answer.lead_id), ['fp-one pending']), 20000);
			arm(point);
			hurry();
			await struck();
			await ends(answer.lead_id, ['fp-one accepted']);
		});

	test('a job runner that was paused beyond its lease: another does its work, and it harms nothing', async () => {
		const answer = await sell('fp');

		arm('reroute.before_sale', 'stall:4000');
		await rejectsLater(answer);
		await sleep(1000);
		disarm();
		await ends(answer.lead_id, ['fp-one rejected', 'fp-two accepted']);
		await sleep(4000);
		assert.deepEqual(salesOf(answer.lead_id), ['fp-one rejected', 'fp-two accepted']);
	});

	test('a worker that was paused before it sent anything: its attempt was sent again meanwhile, and it must not free the lead', { timeout: 90000 }, async () => {
		arm('post.after_intent', 'stall:20000');
		const stalls = Date.now();
		const selling = sell('fr');

		await sleep(2000);
		disarm();
		await eventually(() => { hurry(); assert.ok(callsTo('/fr-one/post').length > 0); }, 17000);
		await sleep(Math.max(0, stalls + 22500 - Date.now()));
		const { lead_id, sales } = await selling;

		assert.deepEqual(salesOf(lead_id), ['fr-one pending']);
		assert.equal(callsTo('/fr-two/post').length, 0, 'the first one has it');
		assert.equal((await say('fr-one', { sale_id: sales[0].sale_id, status: 'accepted' })).status, 200);
		await ends(lead_id, ['fr-one accepted']);
	});

	// Buyers that change their minds do so within a second, while all else goes on.
	async function changesMind(answer) {
		const [s] = answer.sales.filter((x) => x.status === 'accepted');

		if (s === undefined || Math.random() > 0.15)
			return;
		await sleep(Math.random() * 1000);
		writeDown(s.buyer.id, { lead_id: answer.lead_id, sale_id: s.sale_id }, false);
		await eventually(async () => assert.equal((await say(s.buyer.id, { sale_id: s.sale_id, status: 'rejected', event_id: `no-${s.sale_id}` })).status, 200), 20000);
	}

	async function killAtRandom(going) {
		for (going.kills = 0; going.on; going.kills++) {
			const pids = workers();

			await sleep(150 + Math.random() * 450);
			if (Math.random() < 0.6 && pids.length > 0)
				try {
					process.kill(pids[Math.floor(Math.random() * pids.length)], 'SIGKILL');
				} catch {
					// Gone by itself.
				}
			else
				jobs.any()?.kill('SIGKILL');
		}
	}

	// What is still held: its buyer says what its books say.
	async function settleByPostback() {
		const held = sql(`SELECT CONCAT('sal_', LOWER(HEX(s.id))), b.name FROM sale s JOIN buyer b ON b.id = s.buyer_id WHERE s.state = 2 AND b.name LIKE 'fv-%'`);
		const took = new Map([...books].map(([sale, b]) => [hex(sale), { ...b, sale }]));

		for (const [id, buyer] of held) {
			const book = took.get(id.slice(4));
			const status = book?.took ? 'accepted' : 'rejected';

			await say(buyer, book ? { sale_id: book.sale, status, event_id: `end-${book.sale}` } : { sale_id: idOf(id.slice(4)), status });
		}
		return held.length;
	}

	const idOf = (digits) => {
		let n = BigInt(`0x${digits}`);
		let text = '';

		for (let i = 0; i < 26; i++, n /= 32n)
			text = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'[Number(n % 32n)] + text;
		return `sal_${text}`;
	};

	test(`${LEADS} leads, workers and job runners killed at random`, { timeout: 2 * PATIENCE }, async () => {
		const going = { on: true };
		const killer = killAtRandom(going);
		const minds = [];
		let next = 0;

		disarm();
		await Promise.all(Array.from({ length: CLIENTS }, async () => {
			while (next++ < LEADS) {
				minds.push(changesMind(await sell('fv')));
				await sleep(Math.random() * 1500);
			}
		}));
		await Promise.all(minds);
		going.on = false;
		await killer;
		await eventually(async () => {
			hurry();
			assert.equal(await settleByPostback(), 0);
			assert.deepEqual(sql('SELECT (SELECT COUNT(*) FROM `lead` WHERE state IN (1, 4)), (SELECT COUNT(*) FROM work)')[0], ['0', '0']);
		}, 60000);
		const { sales } = check('fv', buyers.read(), clients.read());
		const count = (state) => sales.filter((s) => s.state === state).length;

		console.log(`# ${going.kills} kills; ${sales.length} attempts: ${count('accepted')} accepted, ${count('rejected')} rejected;`,
			`${clients.read().filter((t) => t.status === 'pending').length} of ${clients.read().length} answers were pending`);
		assert.ok(count('accepted') > LEADS / 2);
	});
});
