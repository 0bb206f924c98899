// GET /metrics: the text format to the letter, numbers that move with what is done, who may read it; and what a request's log line holds.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import http from 'node:http';
import os from 'node:os';
import path from 'node:path';
import { before, describe, test } from 'node:test';
import { expectProblem, expectStatus, ready, Seller, send } from './lib/api.mjs';
import { accepted, bid, rejected, script } from './lib/buyers.mjs';
import * as config from './lib/config.mjs';
import { jobsHow, killJobs, startJobs } from './lib/jobs.mjs';
import { apply, env, eventually, logs, newKey, sleep, sql } from './lib/system.mjs';

const labelsOf = (text) => {
	const labels = {};
	let rest = text;

	while (rest !== '') {
		const [whole, name, value] = /^([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\["\\n])*)"(?:,(?=.)|$)/.exec(rest) ?? [];

		assert.ok(whole, `labels end at ${rest}`);
		assert.ok(!(name in labels), `${name} stands twice`);
		labels[name] = value;
		rest = rest.slice(whole.length);
	}
	return labels;
};

// The exposition format 0.0.4, strictly: HELP and TYPE once and before their samples, a family's lines together, no sample twice, counters
// that end in _total, histograms that add up.
function parse(text) {
	const families = new Map();
	const seen = new Set();
	let family;

	assert.ok(text.endsWith('\n'));
	for (const line of text.slice(0, -1).split('\n')) {
		const [, kind, of, words] = /^# (HELP|TYPE) ([a-zA-Z_:][a-zA-Z0-9_:]*) (.+)$/.exec(line) ?? [];

		if (kind !== undefined) {
			if (family?.name !== of) {
				assert.ok(!families.has(of), `${of} comes back`);
				family = { name: of, samples: [] };
				families.set(of, family);
			}
			assert.ok(!(kind in family) && family.samples.length === 0, line);
			family[kind] = words;
			assert.ok(kind !== 'TYPE' || ['counter', 'gauge', 'histogram'].includes(words), line);
			continue;
		}
		const [, name, , labels, value] = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(\{(.*)\})? (-?[0-9]+(?:\.[0-9]+)?)$/.exec(line) ?? [];

		assert.ok(name !== undefined, `not a sample: ${line}`);
		const base = family.TYPE === 'histogram' ? name.replace(/_(bucket|sum|count)$/, '') : name;

		assert.equal(base, family.name, line);
		assert.ok(!seen.has(`${name}{${labels}}`), `twice: ${line}`);
		seen.add(`${name}{${labels}}`);
		family.samples.push({ name, labels: labelsOf(labels ?? ''), value: Number(value) });
	}
	for (const f of families.values()) {
		assert.ok(f.TYPE && f.HELP, `${f.name} has its help and type`);
		assert.equal(f.TYPE === 'counter', f.name.endsWith('_total'), f.name);
		if (f.TYPE === 'histogram')
			checkHistogram(f);
	}
	return families;
}

function checkHistogram(family) {
	const series = new Map();

	for (const { name, labels, value } of family.samples) {
		const { le, ...rest } = labels;
		const key = JSON.stringify(rest);

		if (!series.has(key))
			series.set(key, { buckets: [] });
		if (name.endsWith('_bucket'))
			series.get(key).buckets.push([le === '+Inf' ? Infinity : Number(le), value]);
		else
			series.get(key)[name.split('_').at(-1)] = value;
	}
	for (const { buckets, sum, count } of series.values()) {
		assert.ok(buckets.every(([le, n], i) => i === 0 || (le > buckets[i - 1][0] && n >= buckets[i - 1][1])), JSON.stringify(buckets));
		assert.deepEqual(buckets.at(-1), [Infinity, count]);
		assert.ok(sum >= 0);
	}
}

const scrape = async (headers) => {
	const answer = await send('GET', '/metrics', { headers });

	assert.equal(answer.status, 200, answer.text);
	return { answer, families: parse(answer.text) };
};

// The sum of a family's samples that have these labels.
const sum = (families, name, labels = {}) => (families.get(name)?.samples ?? [])
	.filter((s) => Object.entries(labels).every(([k, v]) => s.labels[k] === v)).reduce((n, s) => n + s.value, 0);

describe('metrics', () => {
	let seller;
	let sandbox;

	before(async () => {
		script('/met/ping', bid(10));
		script('/met/post', (call, n) => (n === 1 ? rejected('no') : accepted()));
		script('/met-slow/ping', { stall: true });
		await apply(config.document({ verticals: [config.vertical('met')], campaigns: [config.campaign('met', 'met', { ping_timeout_ms: 300 })],
			sellers: [config.seller('met', ['met'])], buyers: [config.simpleBuyer('met', 'met'), config.simpleBuyer('met-slow', 'met')] }));
		seller = new Seller(newKey('met'));
		sandbox = new Seller(newKey('met', '--sandbox'));
		await ready(seller, sandbox);
	});

	test('the text is the format, and says which', async () => {
		const { answer, families } = await scrape();

		assert.equal(answer.headers['content-type'], 'text/plain; version=0.0.4; charset=utf-8');
		assert.match(answer.headers['cache-control'], /no-store/);
		assert.equal(families.get('gavel_build_info').samples.length, 1);
	});

	test('counters move by what was done, whichever process did it', async () => {
		// What processes did before is told with their next heartbeat.
		await sleep(1200);

		const { families: before } = await scrape();

		for (let i = 0; i < 3; i++)
			expectStatus(await seller.ping({ campaign: 'met', lead: config.lead() }), 200);
		assert.deepEqual([expectStatus(await seller.lead({ campaign: 'met', lead: config.wholeLead() }), 201).status,
			expectStatus(await seller.lead({ campaign: 'met', lead: config.wholeLead() }), 201).status], ['unsold', 'sold']);
		expectStatus(await sandbox.ping({ campaign: 'met', lead: config.lead() }), 200);
		assert.equal((await seller.ping({})).status, 422);
		// The rejected lead is offered again, to the one that is slow.
		await eventually(async () => {
			const { families: after } = await scrape();
			const moved = (name, labels) => sum(after, name, labels) - sum(before, name, labels);

			// What earlier tests left for gavel-jobs to do may be in the exchange's counters too.
			for (const [name, labels, least] of [
				['gavel_pings_total', { mode: 'live', status: 'matched' }, 5], ['gavel_pings_total', { mode: 'live', status: 'unmatched' }, 1],
				['gavel_pings_total', { mode: 'sandbox' }, 1], ['gavel_bids_total', { mode: 'live' }, 5], ['gavel_bid_timeouts_total', { mode: 'live' }, 6],
				['gavel_posts_total', { mode: 'live', status: 'sold' }, 1], ['gavel_posts_total', { mode: 'live', status: 'unsold' }, 1],
				['gavel_sales_total', { mode: 'live', status: 'accepted' }, 1], ['gavel_sales_total', { mode: 'live', status: 'rejected' }, 1],
				['gavel_buyer_calls_total', { mode: 'live' }, 13], ['gavel_buyer_timeouts_total', { mode: 'live' }, 6]])
				assert.ok(moved(name, labels) >= least && moved(name, labels) < least + 20, `${name} ${JSON.stringify(labels)} moved by ${moved(name, labels)}`);
			assert.equal(moved('gavel_requests_total', { pool: 'api', route: '/v1/ping', status: '2xx' }), 4);
			assert.equal(moved('gavel_requests_total', { pool: 'api', route: '/v1/ping', status: '4xx' }), 1);
			const histogram = after.get('gavel_request_duration_seconds').samples.filter((s) => s.name.endsWith('_count') && s.labels.route === '/v1/ping');

			assert.equal(histogram[0].value, sum(after, 'gavel_requests_total', { route: '/v1/ping' }));
		}, 10000);
	});

	test('every pool\'s processes are there, with their work and their configuration', async () => {
		await eventually(async () => {
			const { families } = await scrape();

			for (const pool of ['api', 'event', 'sandbox', 'admin', 'jobs'])
				assert.ok(sum(families, 'gavel_workers', { pool }) >= 1, pool);
			assert.equal(sum(families, 'gavel_workers_silent'), 0);
			assert.ok(sum(families, 'gavel_db_connections_max', { pool: 'api' }) >= 4);
			for (const name of ['gavel_auctions_in_flight', 'gavel_writer_rows_waiting', 'gavel_writer_oldest_wait_seconds', 'gavel_buyer_calls_in_flight',
				'gavel_buyer_calls_waiting', 'gavel_requests_in_work', 'gavel_db_connections_in_use'])
				assert.equal(families.get(name).TYPE, 'gauge');
			assert.ok(sum(families, 'gavel_config_version', { pool: 'api' }) > 0);
			for (const job of ['rollup', 'recover', 'expire'])
				assert.ok(Math.abs(sum(families, 'gavel_job_last_run_timestamp_seconds', { job }) - Date.now() / 1000) < 120, job);
			assert.ok(sum(families, 'gavel_job_runs_total', { job: 'rollup', result: 'done' }) > 0);
		}, 10000);
	});

	test('a net thread goes round all the time, where there is one', async () => {
		await eventually(async () => {
			const { families } = await scrape();
			const ages = new Map(families.get('gavel_net_heartbeat_age_seconds').samples.map((s) => [s.labels.pool, s.value]));

			assert.deepEqual([...ages.keys()].sort(), ['api', 'jobs']);
			assert.ok([...ages.values()].every((age) => age >= 0 && age < 5), JSON.stringify([...ages]));
		}, 10000);
	});

	test('what waits in the outbox is seen, and for how long', async () => {
		const seen = async (check, ms) => eventually(async () => {
			const { families } = await scrape();

			assert.ok(check(sum(families, 'gavel_outbox_rows'), sum(families, 'gavel_outbox_oldest_age_seconds')), JSON.stringify([...families.keys()]));
		}, ms);
		const how = jobsHow();
		const [program, ...args] = env.GAVEL_DB_ROOT.split(' ');

		await seen((rows, age) => rows === 0 && age === 0, 15000);
		await killJobs();
		sql('INSERT INTO outbox (at, alert, data) VALUES (UTC_TIMESTAMP(6) - INTERVAL 1 HOUR, \'metrics.test\', \'{}\')');
		// Held, so that the runner passes it over; and gone before anybody is told.
		const holder = spawn(program, [...args, env.GAVEL_DB_NAME, '-e', `BEGIN; SELECT * FROM outbox WHERE alert = 'metrics.test' FOR UPDATE; DO SLEEP(600)`],
			{ stdio: 'ignore' });

		try {
			await eventually(() => assert.equal(sql(`SELECT COUNT(*) FROM outbox WHERE alert = 'metrics.test'`)[0][0], '1'));
			await eventually(() => assert.equal(sql(`SELECT COUNT(*) FROM information_schema.processlist WHERE info = 'DO SLEEP(600)'`)[0][0], '1'));
			startJobs(how);
			await seen((rows, age) => rows >= 1 && age >= 3600 && age < 3700, 20000);
		} finally {
			for (const [id] of sql(`SELECT id FROM information_schema.processlist WHERE info = 'DO SLEEP(600)'`))
				sql(`KILL ${id}`);
			sql('DELETE FROM outbox WHERE alert = \'metrics.test\'');
			holder.kill();
		}
		await seen((rows, age) => rows === 0 && age === 0, 20000);
	});

	test('what says that it was forwarded is refused, plainly', async () => {
		for (const headers of [{ 'X-Forwarded-For': '127.0.0.1' }, { 'X-Forwarded-For': '203.0.113.9' }, { Forwarded: 'for=127.0.0.1' }]) {
			const answer = await send('GET', '/metrics', { headers });

			answer.json = JSON.parse(answer.text);
			assert.match(expectProblem(answer, 403, 'forbidden').detail, /metrics_allow/);
		}
	});

	test('from an address that is not allowed it is refused', async (t) => {
		const [outside] = Object.values(os.networkInterfaces()).flat().filter((a) => a.family === 'IPv4' && !a.internal).map((a) => a.address);
		const { port } = new URL(env.GAVEL_HTTP_URL);

		if (outside === undefined)
			return t.diagnostic('this machine has loopback alone');
		const status = await new Promise((resolve) => {
			http.get({ host: '127.0.0.1', port, path: '/metrics', localAddress: outside }, (answer) => { answer.resume(); resolve(answer.statusCode); })
				.on('error', (e) => resolve(e.code));
		});

		return assert.ok(status === 403 || status === 'EINVAL', `answered ${status}`);
	});

	test('one JSON line a request, with nobody\'s data and no query', async () => {
		const id = `metrics-${process.pid}`;
		const answer = await seller.get('/v1/leads?campaign=met&cursor=secret-in-query', { 'X-Request-Id': id, 'User-Agent': 'agent-in-header' });
		const lead = config.wholeLead({ first_name: 'Nebuchadnezzar' });

		assert.equal(answer.status, 422);
		expectStatus(await seller.lead({ campaign: 'met', lead }, { 'X-Request-Id': `${id}-lead` }), 201);
		await eventually(() => {
			const all = readdirSync(logs).filter((f) => f.endsWith('.log')).map((f) => readFileSync(path.join(logs, f), 'utf8')).join('\n');
			const lines = all.split('\n').filter((line) => line.startsWith('{')).map((line) => JSON.parse(line)).filter((l) => l.id === id || l.id === `${id}-lead`);

			assert.equal(lines.length, 2, 'one line for each');
			assert.deepEqual(lines.map((l) => [l.method, l.route, l.status]).sort(), [['GET', '/v1/leads', 422], ['POST', '/v1/lead', 201]]);
			assert.ok(lines.every((l) => l.us > 0 && /^seller:\d+$/.test(l.caller)));
			assert.doesNotMatch(all, /secret-in-query|agent-in-header|Nebuchadnezzar/);
			assert.ok(!all.includes(lead.email) && !all.includes(lead.phone));
		});
	});
});
