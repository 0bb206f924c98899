// Five thousand pings with posts, rejects, time-outs, clicks and spend over two campaigns; then every number that the Overview and the
// report show is held to the raw rows. And who may ask for a report, and for what.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { before, describe, test } from 'node:test';
import { cookieOf, get, signIn, tableOf, tilesOf } from './lib/admin.mjs';
import { anonymous, expectProblem, expectStatus, ready, Seller, send } from './lib/api.mjs';
import { accepted, noBid, rejected, script } from './lib/buyers.mjs';
import * as config from './lib/config.mjs';
import { apply, env, eventually, newKey, sql } from './lib/system.mjs';
import { amount, decisionsOf, divide, Truth } from './lib/truth.mjs';

const PINGS = Number(process.env.REPORT_PINGS ?? 5000);
const TOGETHER = 40;
const codes = Object.fromEntries([...readFileSync(new URL('../../lib/lead/reason.h', import.meta.url), 'utf8')
	.matchAll(/X\([A-Z_]+, +(\d+), "([a-z_]+)"/g)].map(([, number, slug]) => [number, slug]));
const day = (ms) => new Date(ms).toISOString().slice(0, 10);
const started = Date.now();
const from = day(started);
const operator = new Seller(env.GAVEL_ADMIN_KEY);

// Cents that differ from bid to bid, and from buyer to buyer.
const priced = (low) => (call, n) => ({ json: { status: 'bid', price: (low + (n % 97) / 8).toFixed(3), ref: `r-${n}` } });
const by = (sub1, special, otherwise) => (call, n) => (call.json?.sub1 === sub1 ? special : otherwise(call, n));

const document = config.document({
	verticals: [config.vertical('rep')],
	campaigns: [config.campaign('rep-a', 'rep', { ping_timeout_ms: 300 }), config.campaign('rep-b', 'rep', { ping_timeout_ms: 300 },
		{ payout: { type: 'margin', percent: '12.5' } })],
	sellers: [config.seller('rep-1', ['rep-a', 'rep-b']), config.seller('rep-2', ['rep-a', 'rep-b'], { show_buyer: 'none' }),
		config.seller('rep-3', ['rep-a'], { show_buyer: 'alias' })],
	buyers: [config.simpleBuyer('rep-x', 'rep-a'), config.simpleBuyer('rep-y', 'rep-a'),
		config.simpleBuyer('rep-ny', 'rep-a', { filters: [{ field: 'lead.state', op: 'in', value: ['NY'] }] }),
		config.simpleBuyer('rep-z', 'rep-b'),
		config.buyer('rep-fix', [{ ...config.contract('rep-fix', 'rep-b'), price: { type: 'fixed', amount: '3.3333' }, ping: undefined }])],
	channels: [
		{ key: 'rep-cpc', name: 'By the click', affiliate: 'aff', campaign: 'rep-a', landing_url: 'https://www.example.com/', cost: { type: 'cpc', amount: '0.1234' } },
		{ key: 'rep-cpl', name: 'By the lead', affiliate: 'aff', campaign: 'rep-a', landing_url: 'https://www.example.com/', cost: { type: 'cpl', amount: '1.05' } },
		{ key: 'rep-share', name: 'By share', affiliate: 'aff', campaign: 'rep-b', landing_url: 'https://www.example.com/', cost: { type: 'revshare', percent: '7.5' } }],
});

async function click(channel, i) {
	const answer = await send('GET', `/c/${channel}?s1=click-${i % 3}`);

	assert.equal(answer.status, 302, answer.text);
	return new URL(answer.headers.location).searchParams.get('click_id');
}

async function together(n, run) {
	let next = 0;

	await Promise.all(Array.from({ length: Math.min(TOGETHER, n) }, async () => {
		while (next < n)
			await run(next++);
	}));
}

async function traffic(sellers) {
	const clicks = { 'rep-a': [], 'rep-b': [] };

	await together(60, async (i) => {
		const channel = ['rep-cpc', 'rep-cpl', 'rep-share'][i % 3];

		clicks[i % 3 === 2 ? 'rep-b' : 'rep-a'].push(await click(channel, i));
	});
	await together(PINGS, async (i) => {
		const campaign = i % 3 === 0 ? 'rep-b' : 'rep-a';
		const seller = sellers[i % 5 === 0 ? 1 : 0];
		const source = { sub1: `s${i % 7}`, ...(i % 4 === 0 && { click_id: clicks[campaign][i % clicks[campaign].length] }) };
		const ping = expectStatus(await seller.ping({ campaign, lead: config.lead(), source }), 200);

		if (ping.status === 'matched' && i % 2 === 0)
			expectStatus(await seller.sell({ ping_id: ping.ping_id, lead: config.wholeLead() }), 201);
	});
	expectStatus(await operator.post('/v1/spend', [{ channel: 'rep-cpc', date: from, amount: '17.42', clicks: 9 },
		{ channel: 'rep-share', date: from, amount: '3.10' }]), 200);
}

// 1234567.50 as pages print it: 1,234,567.50.
const grouped = (text) => String(text).replace(/^-?\d+/, (whole) => whole.replace(/\B(?=(\d{3})+$)/g, ','));
const rate = (v) => grouped(`${v < 0n ? '-' : ''}${(v < 0n ? -v : v) / 100n}.${String((v < 0n ? -v : v) % 100n).padStart(2, '0')} %`);
const none = '–';

// The figures of some sums as pages print them.
function figures(s, currency) {
	const money = (v) => (v === undefined ? none : grouped(`${amount(v)} ${currency}`));
	const share = (a, b) => (b > 0n ? rate(divide(a * 10000n, b)) : none);
	const net = s.revenue - s.returned;

	return { pings: grouped(s.pings), fill_rate: share(s.filled, s.pings), avg_bid: money(divide(s.bid_sum, s.bids)), win_rate: share(s.won, s.bids),
		posts: grouped(s.posts), accepted: grouped(s.accepted), sold: grouped(s.sold), revenue: money(s.revenue), payout: money(s.payout),
		margin: money(net - s.payout), returns: grouped(s.returns), timeouts: grouped(s.timeouts), bids: grouped(s.bids), clicks: grouped(s.clicks),
		cost: money(s.cost), epc: money(divide(s.payout, s.clicks)), roi: share(net - s.cost, s.cost) };
}

const values = (all, names) => names.map((name) => all[name]);

// Within what a histogram of sixteen steps to a doubling can tell.
function checkQuantile(shown, list, percent, what) {
	const sorted = [...list].sort((a, b) => a - b);
	const real = sorted[Math.ceil(sorted.length * percent / 100) - 1];

	if (real === undefined)
		return assert.equal(shown, none, what);
	return assert.ok(Math.abs(parseInt(shown, 10) - real) <= real * 0.033 + 1, `${what}: p${percent} is ${real} ms, not ${shown}`);
}

// What there is of rows that can still change.
const state = () => sql(`SELECT (SELECT CONCAT(COUNT(*), ' ', MAX(updated_at)) FROM sale), (SELECT CONCAT(COUNT(*), ' ', MAX(updated_at)) FROM \`lead\`),
	(SELECT COUNT(*) FROM ping), (SELECT COUNT(*) FROM click)`);

// Until what was seen of sales, leads and pings is newer than the last of them.
const counted = () => eventually(async () => {
	const [[waiting]] = sql(`SELECT (SELECT COUNT(*) FROM ping p, stat_mark m WHERE p.id >= m.pings_to)
		+ (SELECT COUNT(*) FROM sale s, stat_mark m WHERE s.updated_at >= m.sales_seen) + (SELECT COUNT(*) FROM \`lead\` l, stat_mark m WHERE l.updated_at >= m.sales_seen)`);

	assert.equal(waiting, '0', `${waiting} rows are not counted`);
}, 90000);

describe('reports', () => {
	const sellers = [];
	let cookie;
	let page;
	let truth;

	before(async () => {
		script('/rep-x/ping', by('s3', noBid(), by('s5', { stall: true }, priced(10))));
		script('/rep-y/ping', by('s4', { json: { status: 'bid', price: '0.25' } }, priced(8)));
		script('/rep-ny/ping', priced(50));
		script('/rep-z/ping', priced(2));
		script('/rep-x/post', (call, n) => (n % 5 === 0 ? rejected('dup lead') : n % 11 === 0 ? rejected('no thanks') : accepted({ ref: `x-${n}` })));
		script('/rep-y/post', (call, n) => (n % 4 === 0 ? rejected('dup lead') : n % 101 === 50 ? { reset: true } : accepted({ ref: `y-${n}` })));
		script('/rep-z/post', (call, n) => (n % 3 === 0 ? rejected('no') : accepted()));
		script('/rep-fix/post', accepted());
		await apply(document);
		for (const key of ['rep-1', 'rep-2', 'rep-3'])
			sellers.push(new Seller(newKey(key)));
		const sandbox = new Seller(newKey('rep-1', '--sandbox'));

		await ready(...sellers, sandbox);
		await eventually(async () => expectStatus(await sellers[2].get('/v1/report'), 200));
		await traffic(sellers);
		expectStatus(await sandbox.ping({ campaign: 'rep-a', lead: config.lead() }), 200);
		cookie = cookieOf(await signIn());
		// Jobs that earlier tests left may still change a sale: until nothing changed between the page and the rows.
		await eventually(async () => {
			const seen = state();

			await counted();
			page = await get(`/admin/overview?period=custom&from=${from}&to=${day(Date.now())}`, cookie);
			truth = new Truth(codes, from);
			assert.deepEqual(state(), seen);
		}, 90000);
		assert.equal(page.status, 200, page.text.slice(0, 500));
	});

	test('the traffic has of everything', () => {
		const sums = truth.all(() => 'all').get('all');

		assert.ok(truth.pings.length >= PINGS);
		for (const name of ['filled', 'bids', 'won', 'timeouts', 'posts', 'sold', 'attempts', 'accepted', 'recovered', 'revenue', 'payout', 'clicks', 'cost'])
			assert.ok(sums[name] > 0n, name);
		for (const code of ['no_bid', 'filter_geo', 'timeout', 'rejected_duplicate', 'rejected_other', 'outbid'])
			assert.ok(sums.reasons.get(code) > 0n, `${code} in ${[...sums.reasons.keys()]}`);
	});

	test('a ping\'s decisions read here are those that its explanation tells', async () => {
		const posted = new Set(sql('SELECT HEX(ping_id) FROM `lead`').flat());
		const [id] = truth.pings.find(([p, , , , status, hex]) => status === '1' && !posted.has(p) && decisionsOf(hex).length > 2);
		const text = [...BigInt(`0x${id}`).toString(32).toUpperCase().padStart(26, '0')]
			.map((c) => '0123456789ABCDEFGHJKMNPQRSTVWXYZ'['0123456789ABCDEFGHIJKLMNOPQRSTUV'.indexOf(c)]).join('');
		const { contracts } = expectStatus(await operator.get(`/v1/pings/png_${text}/explain`), 200);
		const own = decisionsOf(truth.pings.find(([p]) => p === id)[5]);

		assert.deepEqual(Object.fromEntries(own.map((d) => [truth.contracts[d.contract].name, codes[d.code]])),
			Object.fromEntries(contracts.map((c) => [c.contract, c.code])));
	});

	test('every tile of the Overview equals the raw rows', () => {
		const all = truth.all((f) => f.currency);
		const names = ['pings', 'fill_rate', 'avg_bid', 'win_rate', 'posts', 'accepted', 'sold', 'revenue', 'payout', 'margin', 'returns', 'timeouts'];
		const expected = [...all].flatMap(([currency, sums]) => names.map((name) => [name, figures(sums, currency)[name]]));

		assert.deepEqual(tilesOf(page).sort(), expected.sort());
	});

	test('every row of the table over time equals the raw rows', () => {
		const all = truth.all((f) => `${new Date(f.at - (f.at % 3600000)).toISOString().slice(0, 16).replace('T', ' ')} ${f.currency}`);
		const expected = [...all].map(([key, sums]) => [key.slice(0, 16), ...values(figures(sums, key.slice(17)), ['pings', 'posts', 'sold', 'revenue', 'margin'])]);
		const rows = tableOf(page, 'series');
		const hours = new Set(rows.map(([hour]) => hour));

		assert.deepEqual(rows.filter((row) => row.slice(1, 4).some((v) => v !== '0')).sort(), expected.filter((row) => row.slice(1, 4).some((v) => v !== '0')).sort());
		for (let at = Date.parse(from); at <= started; at += 3600000)
			assert.ok(hours.has(new Date(at).toISOString().slice(0, 16).replace('T', ' ')), 'an hour without traffic is there too');
	});

	test('every buyer\'s numbers equal the raw rows', () => {
		const all = truth.buyers(() => true);
		const names = new Map([...truth.documents.values()].flatMap((d) => d.buyers ?? []).map((b) => [b.key, b.name]));
		const rows = tableOf(page, 'buyers');
		const figuresOf = (key) => values(figures(all.get(key), 'USD'), ['pings', 'bids', 'avg_bid', 'posts', 'accepted', 'revenue', 'margin', 'timeouts']);

		assert.deepEqual(rows.map((row) => row.slice(0, 9)).sort(), [...all.keys()].map((key) => [names.get(key), ...figuresOf(key)]).sort());
		for (const [key, sums] of all) {
			const row = rows.find(([name]) => name === names.get(key));

			checkQuantile(row[9], sums.ms, 50, key);
			checkQuantile(row[10], sums.ms, 95, key);
		}
	});

	test('every channel\'s numbers equal the raw rows, with the return on its cost', () => {
		const all = truth.all((f) => (f.channel === '0' ? undefined : f.channel));
		const names = new Map([...truth.documents.values()].flatMap((d) => d.channels ?? []).map((c) => [c.key, c.name ?? c.key]));
		const expected = [...all].map(([id, sums]) => [names.get(truth.channels[id]),
			...values(figures(sums, 'USD'), ['clicks', 'sold', 'revenue', 'margin', 'cost', 'epc', 'roi'])]);

		assert.ok(expected.length >= 3);
		assert.deepEqual(tableOf(page, 'channels').sort(), expected.sort());
	});

	test('every code\'s count equals the raw rows', () => {
		const { reasons } = truth.all(() => 'all').get('all');
		const shown = tableOf(page, 'reasons').map(([code, , n]) => [code, n]);
		const least = [...reasons.values()].sort((a, b) => (a < b ? 1 : a > b ? -1 : 0))[shown.length - 1];

		// The page shows the twenty most frequent.
		assert.equal(shown.length, Math.min(20, reasons.size));
		assert.equal(new Set(shown.map(([code]) => code)).size, shown.length, 'each once');
		for (const [code, n] of shown) {
			assert.equal(n, grouped(reasons.get(code)), code);
			assert.ok(reasons.get(code) >= least, code);
		}
	});

	const report = async (query, who = operator) => expectStatus(await who.get(`/v1/report?${query}`), 200);
	const whole = `from=${from}&to=${day(Date.now())}`;

	test('a report by day and seller equals the raw rows, and its total their sum', async () => {
		const answer = await report(`${whole}&group_by=day,seller`);
		const all = truth.all((f) => (f.seller === '0' ? undefined : `${day(f.at)} ${f.seller} ${f.currency}`));
		const keys = Object.fromEntries(sql('SELECT name, id FROM seller'));

		for (const row of answer.rows.filter((r) => r.seller !== null)) {
			const sums = all.get(`${row.day} ${keys[row.seller]} ${row.currency}`);

			assert.deepEqual([row.pings, row.bids, row.posts, row.accepted, row.sold, row.recovered, row.revenue, row.payout],
				[Number(sums.pings), Number(sums.bids), Number(sums.posts), Number(sums.accepted), Number(sums.sold), Number(sums.recovered),
					amount(sums.revenue), amount(sums.payout)], `${row.day} ${row.seller}`);
			assert.deepEqual(Object.fromEntries(row.reject_reasons.map((x) => [x.code, x.count])),
				Object.fromEntries([...sums.reasons].map(([code, n]) => [code, Number(n)])));
			assert.deepEqual([row.clicks, row.cost, row.roi, row.p50_ms], [null, null, null, null], 'a seller has no clicks');
		}
		assert.equal(answer.rows.filter((r) => r.seller !== null).length, all.size);
		assert.equal(answer.totals[0].pings, answer.rows.reduce((n, r) => n + r.pings, 0));
	});

	test('with every number stands what it counts and what it is divided by', async () => {
		const answer = await report(`${whole}&group_by=campaign`);
		const listed = ['pings', 'bids', 'bid_rate', 'fill_rate', 'avg_bid', 'avg_winning_bid', 'win_rate', 'posts', 'accepted', 'post_accept_rate', 'recovered',
			'sold', 'revenue', 'payout', 'margin', 'returns', 'net_revenue', 'rpl', 'epl', 'clicks', 'cost', 'epc', 'roi', 'timeouts', 'p50_ms', 'p95_ms',
			'reject_reasons'];
		const words = Object.fromEntries(answer.metrics.map((m) => [m.name, m.definition]));

		for (const name of listed) {
			assert.ok(words[name]?.length > 10, name);
			assert.ok(name in answer.rows[0], name);
		}
		for (const { name, kind } of answer.metrics.filter((m) => m.kind === 'rate' || /^avg|^rpl|^ep/.test(m.name)))
			assert.match(words[name], /\//, `${name}, ${kind}: its denominator`);
		assert.deepEqual(answer.dimensions.map((d) => d.name), ['campaign']);
		assert.match(answer.counted_to, /^20.*Z$/);
		const a = answer.rows.find((r) => r.campaign === 'rep-a');

		assert.equal(a.fill_rate, Math.round(a.fill_rate * 10000) / 10000);
		assert.match(a.avg_bid, /^\d+\.\d{2,4}$/);
	});

	for (const group of ['hour', 'day', 'week', 'month', 'campaign', 'seller', 'buyer', 'contract', 'channel', 'sub1', 'sub2', 'reason', 'hour,buyer,sub1'])
		test(`group_by=${group} adds up to what there is`, async () => {
			const period = `from=${day(started - 86400000)}&to=${day(Date.now())}&tz=America/New_York`; // there today began yesterday
			const answer = await report(`${period}&group_by=${group}&filter=campaign:rep-a`);
			const leaf = group.split(',').at(-1);

			assert.ok(answer.rows.length > 0);
			assert.ok(answer.rows.every((r) => leaf in r), JSON.stringify(answer.rows[0]));
			if (group === 'reason')
				assert.ok(answer.rows.find((r) => r.reason === 'timeout').count > 0);
			else
				assert.equal(answer.totals[0].revenue, (await report(`${period}&filter=campaign:rep-a`)).totals[0].revenue);
		});

	test('filters choose: several values of one dimension, all of several', async () => {
		const rows = (await report(`${whole}&group_by=buyer,campaign&filter=buyer:rep-x,rep-z&filter=campaign:rep-a`)).rows;

		assert.deepEqual(rows.map((r) => [r.buyer.id, r.buyer.name, r.campaign]), [['rep-x', 'Buyer rep-x', 'rep-a']]);
		const subs = (await report(`${whole}&group_by=sub1&filter=sub1:s3&filter=sub1:s5`)).rows;

		assert.deepEqual(subs.map((r) => r.sub1), ['s3', 's5']);
		assert.deepEqual((await report(`${whole}&group_by=reason&filter=reason:timeout`)).rows.map((r) => r.reason), ['timeout']);
	});

	test('CSV has the same numbers', async () => {
		const answer = await operator.get(`/v1/report?${whole}&group_by=buyer&format=csv`);
		const [head, ...lines] = answer.text.trim().split('\r\n').map((line) => line.split(','));
		const json = await report(`${whole}&group_by=buyer`);

		assert.equal(answer.status, 200);
		assert.match(answer.headers['content-type'], /^text\/csv/);
		assert.match(answer.headers['content-disposition'], /^attachment/);
		assert.equal(lines.length, json.rows.length);
		for (const [i, line] of lines.entries()) {
			assert.equal(line.length, head.length);
			for (const name of ['pings', 'revenue', 'margin', 'p95_ms'])
				assert.equal(line[head.indexOf(name)], String(json.rows[i][name] ?? ''));
			assert.equal(line[0], json.rows[i].buyer.id);
		}
	});

	test('a seller sees its own numbers, at its own prices, and no other', async () => {
		const mine = await report(`${whole}&group_by=seller`, sellers[0]);
		const [[id]] = sql('SELECT id FROM seller WHERE name = \'rep-1\'');
		const sums = truth.all((f) => f.seller).get(id);

		assert.deepEqual(mine.rows.map((r) => r.seller), ['rep-1']);
		assert.deepEqual([mine.rows[0].pings, mine.rows[0].posts, mine.rows[0].payout], [Number(sums.pings), Number(sums.posts), amount(sums.payout)]);
		for (const name of ['revenue', 'margin', 'cost', 'roi', 'clicks', 'timeouts', 'p50_ms', 'asked', 'rpl', 'net_revenue'])
			assert.ok(!(name in mine.rows[0]) && mine.metrics.every((m) => m.name !== name), `${name} is the operator's`);
		assert.deepEqual((await report(`${whole}&filter=seller:rep-1`, sellers[0])).totals, (await report(whole, sellers[0])).totals);
		assert.deepEqual((await report(whole, sellers[2])).rows, [], 'one without traffic sees none');
	});

	test('another seller\'s report is refused, and the answer says so', async () => {
		for (const other of ['rep-2', 'nobody']) {
			const p = expectProblem(await sellers[0].get(`/v1/report?${whole}&filter=seller:${other}`), 403, 'forbidden');

			assert.match(p.detail, /a seller's key reads its own report only/);
		}
	});

	test('sellers that are not shown their buyers can\'t look through the report either', async () => {
		const alias = await report(`${whole}&group_by=buyer`, sellers[2]);

		assert.deepEqual(alias.rows, []);
		for (const [who, query, pointer] of [[1, 'group_by=day,buyer', '#/group_by/1'], [1, 'group_by=contract', '#/group_by/0'], [1, 'filter=buyer:rep-x', '#/filter/0'],
			[2, 'group_by=contract', '#/group_by/0'], [2, 'filter=contract:rep-x', '#/filter/0']])
			expectProblem(await sellers[who].get(`/v1/report?${query}`), 422, 'invalid', [[pointer, 'not_allowed']]);
	});

	test('a test key has an empty report; a key without the scope none', async () => {
		const trial = new Seller(newKey('rep-1', '--sandbox'));
		const narrow = new Seller(newKey('rep-1', '--scopes', 'ping,post'));

		await ready(trial, narrow);
		// Every program looks for new keys on its own.
		const empty = await eventually(() => report(`${whole}&group_by=day`, trial));

		assert.deepEqual([empty.mode, empty.rows, empty.totals], ['sandbox', [], []]);
		await eventually(async () => expectProblem(await narrow.get('/v1/report'), 403, 'forbidden'));
		expectProblem(await anonymous.get('/v1/report'), 401, 'auth_failed');
	});

	for (const [query, faults] of [
		['from=yesterday', [['#/from', 'invalid_field']]], ['to=2026-13-01', [['#/to', 'invalid_field']]],
		['from=2026-02-30', [['#/from', 'invalid_field']]], ['from=2026-01-01T00:07:00Z', [['#/from', 'invalid_field']]],
		['from=2026-02-02&to=2026-02-01', [['#/from', 'invalid_field']]], ['from=2020-01-01&to=2026-01-01', [['#/from', 'invalid_field']]],
		['from=1970-01-01&to=1970-01-02', [['#/from', 'invalid_field'], ['#/to', 'invalid_field']]], ['to=9999-12-31', [['#/to', 'invalid_field']]],
		['tz=Mars/Olympus', [['#/tz', 'invalid_field']]], ['tz=../../etc/passwd', [['#/tz', 'invalid_field']]], ['tz=', [['#/tz', 'invalid_field']]],
		['group_by=', [['#/group_by/0', 'invalid_field']]], ['group_by=day,planet', [['#/group_by/1', 'invalid_field']]],
		['group_by=day,day', [['#/group_by/1', 'invalid_field']]], ['group_by=day,week', [['#/group_by/1', 'invalid_field']]],
		['group_by=day,campaign,seller,buyer,contract,channel', [['#/group_by', 'invalid_field']]],
		['filter=buyer', [['#/filter/0', 'invalid_field']]], ['filter=day:2026-01-01', [['#/filter/0', 'invalid_field']]],
		['filter=buyer:nobody', [['#/filter/0', 'unknown_reference']]], ['filter=buyer:', [['#/filter/0', 'unknown_reference']]],
		['filter=campaign:rep-a&filter=reason:unknown', [['#/filter/1', 'unknown_reference']]],
		['format=pdf', [['#/format', 'invalid_field']]], ['colour=red', [['#/colour', 'unknown_member']]], ['tz=UTC&tz=UTC', [['#/tz', 'invalid_field']]],
		[`filter=sub1:${'x'.repeat(2000)}`, [['#/filter', 'invalid_field']]],
		[`filter=campaign:${Array(150).fill('rep-a').join(',')}&filter=campaign:${Array(90).fill('rep-b').join(',')}`, [['#/filter', 'invalid_field']]],
		['format=pdf&from=x&group_by=y', [['#/format', 'invalid_field'], ['#/from', 'invalid_field'], ['#/group_by/0', 'invalid_field']]]])
		test(`a report asked with ${query.slice(0, 60)} names its faults`, async () => {
			expectProblem(await operator.get(`/v1/report?${query}`), 422, 'invalid', faults);
		});

	test('days are the time zone\'s own, with its jumps', async () => {
		const spring = await report('from=2026-03-08&to=2026-03-08&tz=America/New_York');
		const autumn = await report('from=2026-11-01&to=2026-11-01&tz=America/New_York');
		const half = await report('from=2026-01-01&to=2026-01-01&tz=Asia/Kathmandu');

		assert.deepEqual([spring.from, spring.to], ['2026-03-08T05:00:00.000Z', '2026-03-09T04:00:00.000Z']);
		assert.deepEqual([autumn.from, autumn.to], ['2026-11-01T04:00:00.000Z', '2026-11-02T05:00:00.000Z']);
		assert.deepEqual([half.from, half.to], ['2025-12-31T18:15:00.000Z', '2026-01-01T18:15:00.000Z']);
	});

	test('a report that would be too large is refused with what to do about it, and its worker lives on', async () => {
		sql(`INSERT INTO stat_quarter (grain, span, starts_at, contract_id, buyer_id, seller_id, campaign_id, channel_id, currency, sub1, sub2, pings, filled, asked,
			bids, bid_sum, won, won_sum, listed, listed_sum, offered_sum, timeouts, posts, sold, recovered, attempts, accepted, returns, conversions, revenue,
			returned, payout, lead_cost, clicks, click_cost)
			SELECT 1, 96, '2025-06-01', 0, 0, 1, 1, 0, 'USD', CONCAT('many-', seq), REPEAT('x', 100), 1,0,0, 0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0, 0,0,0,0,0 FROM seq_1_to_30000`);
		for (const format of ['json', 'csv']) {
			const p = expectProblem(await operator.get(`/v1/report?from=2025-06-01&to=2025-06-01&group_by=sub1,sub2&format=${format}`), 422, 'report_too_large');

			assert.match(p.detail, /Narrow the period, group by less, or add a filter/);
		}
		assert.equal((await report('from=2025-06-01&to=2025-06-01&group_by=sub1&filter=sub1:many-7')).rows[0].pings, 1);
		sql('DELETE FROM stat_quarter WHERE starts_at = \'2025-06-01\' AND LENGTH(sub1) > 9');
		sql('UPDATE stat_quarter SET sub1 = CONCAT(sub1, REPEAT(\'"\', 118)), sub2 = REPEAT(\'"\', 128) WHERE starts_at = \'2025-06-01\'');
		assert.match(expectProblem(await operator.get('/v1/report?from=2025-06-01&to=2025-06-01&group_by=sub1,sub2'), 422, 'report_too_large').detail, /8 MiB/);
		sql('DELETE FROM stat_quarter WHERE starts_at = \'2025-06-01\'');
	});
});
