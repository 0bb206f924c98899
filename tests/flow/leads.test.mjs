// GET /v1/leads: pages by cursor, filters, and whose leads anybody sees.
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { anonymous, expectProblem, expectStatus, idShape, ready, Seller } from './lib/api.mjs';
import { accepted, bid, noBid, rejected, script } from './lib/buyers.mjs';
import * as config from './lib/config.mjs';
import { apply, env, newKey, sql } from './lib/system.mjs';
import { hex } from './lib/verdicts.mjs';

const operator = new Seller(env.GAVEL_ADMIN_KEY);
const personal = { first_name: 'Zebediah', email: 'zebediah.list@example.com', phone: '2125550188' };

describe('leads', () => {
	let mine;
	let other;
	let sandbox;
	const made = [];

	before(async () => {
		script('/lst/ping', (call) => (call.json?.sub1 === 'unsold' ? noBid() : bid(10)));
		script('/lst/post', (call) => (call.json?.zip === '10001' ? rejected('no') : accepted()));
		script('/lst-b/ping', bid(5));
		script('/lst-b/post', { reset: true });
		await apply(config.document({ verticals: [config.vertical('lst')], campaigns: [config.campaign('lst', 'lst'), config.campaign('lst-b', 'lst')],
			sellers: [config.seller('lst-1', ['lst', 'lst-b']), config.seller('lst-2', ['lst'])],
			buyers: [config.simpleBuyer('lst', 'lst'), config.simpleBuyer('lst-b', 'lst-b')] }));
		mine = new Seller(newKey('lst-1'));
		other = new Seller(newKey('lst-2'));
		sandbox = new Seller(newKey('lst-1', '--sandbox'));
		await ready(mine, other, sandbox);
		for (let i = 0; i < 7; i++)
			made.push(expectStatus(await mine.lead({ campaign: 'lst', lead: config.wholeLead(i === 0 ? personal : {}), source: { sub1: `s${i}` } }), 201));
		made.push(expectStatus(await mine.lead({ campaign: 'lst', lead: config.wholeLead(), source: { sub1: 'unsold' } }), 201));
		made.push(expectStatus(await mine.lead({ campaign: 'lst-b', lead: config.wholeLead() }), 201));
		expectStatus(await other.lead({ campaign: 'lst', lead: config.wholeLead() }), 201);
		expectStatus(await sandbox.lead({ campaign: 'lst', lead: config.wholeLead() }), 201);
	});

	const list = async (query, who = mine) => expectStatus(await who.get(`/v1/leads?${query}`), 200);
	const ids = (answer) => answer.leads.map((l) => l.lead_id);
	const newest = () => made.map((m) => m.lead_id).reverse();

	test('newest first, with what may stand in a list', async () => {
		const answer = await list('');
		const first = answer.leads.at(-1);

		assert.deepEqual(ids(answer), newest());
		assert.equal(answer.next_cursor, null);
		assert.match(first.lead_id, idShape('led'));
		assert.match(first.ping_id, idShape('png'));
		assert.deepEqual([first.status, first.campaign, first.seller, first.source, first.payout, first.currency, first.lead.zip],
			['sold', 'lst', 'lst-1', { sub1: 's0', sub2: '' }, '8.00', 'USD', '90210']);
		assert.deepEqual(answer.leads.map((l) => [l.status, l.payout]), made.map((m) => [m.status, m.payout]).reverse());
		assert.ok(!('revenue' in first), 'what buyers pay is not for sellers');
		assert.doesNotMatch(JSON.stringify(answer), /zebediah|5550188/i);
	});

	test('a page at a time, by cursor and by Link, each lead once', async () => {
		const seen = [];
		let path = '/v1/leads?limit=4&campaign=lst';

		for (let pages = 0; path !== undefined; pages++) {
			const answer = await mine.get(path);
			const { leads, next_cursor: cursor } = expectStatus(answer, 200);

			assert.ok(pages < 3 && leads.length <= 4);
			seen.push(...leads.map((l) => l.lead_id));
			path = /^<([^>]+)>; rel="next"$/.exec(answer.headers.link ?? '')?.[1];
			assert.equal(path === undefined, cursor === null);
			if (cursor !== null)
				assert.ok(path.includes(`cursor=${cursor}`) && path.includes('campaign=lst'));
		}
		assert.deepEqual(seen, newest().filter((id) => id !== made.at(-1).lead_id));
		assert.equal((await list('limit=9')).next_cursor, null, 'a page that is just full is the last');
		assert.deepEqual((await list(`cursor=${made[0].lead_id}`)).leads, []);
	});

	test('filters choose', async () => {
		const today = new Date().toISOString().slice(0, 10);

		assert.deepEqual(ids(await list('status=unsold')), [made[7].lead_id]);
		assert.deepEqual(ids(await list('status=pending')), [made[8].lead_id]);
		assert.equal((await list('status=sold&campaign=lst')).leads.length, 7);
		assert.deepEqual((await list('status=sold&campaign=lst-b')).leads, []);
		assert.deepEqual((await list('from=2020-01-01&to=2020-12-31')).leads, []);
		assert.deepEqual((await list('from=2999-01-01')).leads, []);
		assert.equal((await list(`from=2026-01-01&to=${today}`)).leads.length + (await list(`from=${today}T23:59:59Z`)).leads.length >= made.length, true);
	});

	// A lead's id is its ping's; what is posted at midnight, or asked for again days later, belongs to the day on which it was posted.
	test('a lead is of the day on which it was posted', async () => {
		const day = (ms) => new Date(Date.now() + ms).toISOString().slice(0, 10);
		const [first, second] = made;
		const late = (post, by) => sql(`UPDATE \`lead\` SET created_at = created_at ${by} INTERVAL 2 DAY WHERE id = X'${hex(post.lead_id)}'`);

		late(first, '+');
		try {
			assert.deepEqual(ids(await list(`from=${day(86400000)}`)), [first.lead_id]);
			assert.deepEqual(ids(await list('')), [first.lead_id, ...newest().slice(0, -1)]);
			assert.deepEqual(ids(await list(`cursor=${first.lead_id}&limit=2`)), newest().slice(0, 2));
			assert.deepEqual(ids(await list(`cursor=${second.lead_id}`)), [], 'it is on the first page, and not again on the last');
			assert.ok(!ids(await list(`to=${day(0)}`)).includes(first.lead_id));
		} finally {
			late(first, '-');
		}
	});

	test('an operator sees every seller\'s, with what buyers paid', async () => {
		const all = await list('campaign=lst&limit=200', operator);

		assert.deepEqual(new Set(all.leads.map((l) => l.seller)), new Set(['lst-1', 'lst-2']));
		assert.equal(all.leads.find((l) => l.lead_id === made[1].lead_id).revenue, '10.00');
		assert.deepEqual(ids(await list('seller=lst-1&campaign=lst', operator)), newest().slice(1));
		expectProblem(await operator.get('/v1/leads?seller=nobody'), 422, 'invalid', [['#/seller', 'unknown_reference']]);
	});

	test('a seller sees its own, and is told so when it asks for another\'s', async () => {
		assert.equal((await list('', other)).leads.length, 1);
		assert.equal((await list('seller=lst-1')).leads.length, made.length);
		for (const seller of ['lst-2', 'nobody'])
			assert.match(expectProblem(await mine.get(`/v1/leads?seller=${seller}`), 403, 'forbidden').detail, /its own leads only/);
		assert.equal((await list('', sandbox)).leads.length, 1, 'a test key sees the sandbox\'s');
		expectProblem(await anonymous.get('/v1/leads'), 401, 'auth_failed');
		const narrow = new Seller(newKey('lst-1', '--scopes', 'ping,post'));

		await ready(narrow);
		expectProblem(await narrow.get('/v1/leads'), 403, 'forbidden');
	});

	for (const [query, faults] of [['limit=0', [['#/limit', 'invalid_field']]], ['limit=201', [['#/limit', 'invalid_field']]], ['limit=', [['#/limit', 'invalid_field']]],
		['limit=1e2', [['#/limit', 'invalid_field']]], ['cursor=x', [['#/cursor', 'invalid_field']]], ['cursor=led_1', [['#/cursor', 'invalid_field']]],
		['status=maybe', [['#/status', 'invalid_field']]], ['status=', [['#/status', 'invalid_field']]], ['campaign=none', [['#/campaign', 'unknown_reference']]],
		['from=x', [['#/from', 'invalid_field']]], ['to=2026-02-30', [['#/to', 'invalid_field']]], ['from=2026-02-02&to=2026-02-01', [['#/from', 'invalid_field']]],
		['colour=red', [['#/colour', 'unknown_member']]], ['limit=5&limit=6', [['#/limit', 'invalid_field']]],
		['from=x&limit=y&cursor=z', [['#/cursor', 'invalid_field'], ['#/from', 'invalid_field'], ['#/limit', 'invalid_field']]]])
		test(`a list asked with ${query} names its faults`, async () => {
			expectProblem(await mine.get(`/v1/leads?${query}`), 422, 'invalid', faults);
		});
});
