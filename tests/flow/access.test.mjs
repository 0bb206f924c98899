// Who may call, what is there at all, and what every answer carries.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { before, describe, test } from 'node:test';
import { anonymous, expectProblem, expectStatus, Seller, send, checkProblem } from './lib/api.mjs';
import * as config from './lib/config.mjs';
import { apply, ctl, env, eventually, newKey, sleep, sql, workers } from './lib/system.mjs';

describe('access', () => {
	let live;

	before(async () => {
		await apply(config.document({ verticals: [config.vertical('access')], campaigns: [config.campaign('access', 'access')],
			sellers: [config.seller('access', ['access']), config.seller('access-paused', ['access'], { status: 'paused' })] }));
		live = new Seller(newKey('access'));
		await eventually(async () => expectStatus(await live.get('/v1/status'), 200));
	});

	test('health needs no key and tells the version and the time', async () => {
		const health = expectStatus(await anonymous.get('/v1/health'), 200);

		assert.equal(health.status, 'pass');
		assert.match(health.version, /^[0-9]+\.[0-9]+\.[0-9]+/);
		assert.match(health.time, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
		assert.ok(Math.abs(Date.parse(health.time) - Date.now()) < 2000);
	});

	test('ready is 200 while everything is well', async () => {
		expectStatus(await anonymous.get('/v1/ready'), 200);
	});

	test('however often it is asked, ready asks the database once a second', async () => {
		const asked = () => Number(sql('SHOW GLOBAL STATUS LIKE \'Com_stmt_execute\'')[0][1]);
		const [from, before] = [performance.now(), asked()];

		for (let i = 0; i < 100; i++)
			for (const answer of await Promise.all(Array.from({ length: 20 }, () => send('GET', '/v1/ready'))))
				assert.equal(answer.status, 200, answer.text);
		const [seconds, statements] = [(performance.now() - from) / 1000, asked() - before];

		// The programs have their own to ask meanwhile, a hundred a second or so.
		assert.ok(statements < 1000 + 100 * seconds, `${statements} statements in ${seconds} s`);
	});

	test('a database that stands still is told of at once, and no thread waits for it', async () => {
		const pid = Number(readFileSync(sql('SELECT @@pid_file')[0][0], 'utf8'));
		const quick = async (status) => {
			const all = await Promise.all(Array.from({ length: 20 }, () => send('GET', '/v1/ready')));

			for (const answer of all)
				assert.equal(answer.status, status, answer.text);
			// Of each process one request asks, and may wait as long as a connection does.
			assert.ok(all.filter((answer) => answer.ms > 2500).length <= workers().length, all.map((answer) => Math.round(answer.ms)).join(' '));
			return JSON.parse(all[0].text);
		};

		process.kill(pid, 'SIGSTOP');
		try {
			await sleep(6500);
			assert.ok((await quick(503)).checks.some((c) => c.check === 'database' && c.status === 'fail'));
			expectStatus(await anonymous.get('/v1/health'), 200);
		} finally {
			process.kill(pid, 'SIGCONT');
		}
		await eventually(async () => quick(200), 30000);
		await eventually(async () => expectStatus(await live.get('/v1/status'), 200), 10000);
	});

	test('the same API is there over TLS, trusted by the certificate in env', async () => {
		expectStatus(await new Seller(live.key, env.GAVEL_URL).get('/v1/status'), 200);
	});

	test('status says who calls, in which mode and with which scopes', async () => {
		const status = expectStatus(await live.get('/v1/status', { Date: new Date(Date.now() - 90000).toUTCString() }), 200);
		const sandbox = new Seller(newKey('access', '--sandbox'));

		assert.match(JSON.stringify(status), /"live"/);
		assert.ok(status.scopes.includes('ping') && status.scopes.includes('post'), JSON.stringify(status));
		assert.match(JSON.stringify(status), /-(89|90|91)/, 'the skew of a clock that is 90 s late');
		await eventually(async () => assert.match(JSON.stringify(expectStatus(await sandbox.get('/v1/status'), 200)), /"sandbox"/));
	});

	test('X-Api-Key is as good as Authorization', async () => {
		expectStatus(await anonymous.get('/v1/status', { 'X-Api-Key': live.key }), 200);
	});

	for (const [what, headers] of [
		['no key', {}],
		['an empty key', { Authorization: 'Bearer ' }],
		['a key of another shape', { Authorization: 'Bearer hello' }],
		['a key that nobody has', { Authorization: `Bearer gvk_live_${'A'.repeat(40)}` }],
		['another scheme', { Authorization: 'Basic YTpi' }],
		['a long key', { 'X-Api-Key': 'g'.repeat(4000) }] ])
		test(`${what} is 401`, async () => {
			const answer = await anonymous.get('/v1/status', headers);

			expectProblem(answer, 401, 'auth_failed');
			assert.match(answer.headers['www-authenticate'] ?? '', /^Bearer/);
		});

	test('a key with one character changed is 401', async () => {
		const other = live.key.slice(0, -1) + (live.key.endsWith('A') ? 'B' : 'A');

		expectProblem(await new Seller(other).get('/v1/status'), 401, 'auth_failed');
	});

	test('a revoked key stops within a second', async () => {
		const seller = new Seller(newKey('access'));

		await eventually(async () => expectStatus(await seller.get('/v1/status'), 200));
		ctl(['key', 'revoke', seller.key.slice('gvk_live_'.length, 'gvk_live_'.length + 8)]);
		await eventually(async () => expectProblem(await seller.get('/v1/status'), 401, 'auth_failed'), 1300);
	});

	test('a key without the scope is 403', async () => {
		const seller = new Seller(newKey('access', '--scopes', 'ping'));

		await eventually(async () => expectStatus(await seller.get('/v1/status'), 200));
		expectProblem(await seller.lead({ campaign: 'access', lead: config.wholeLead() }), 403);
	});

	test('a paused seller is 403', async () => {
		const seller = new Seller(newKey('access-paused'));

		await eventually(async () => expectProblem(await seller.ping({ campaign: 'access', lead: config.lead() }), 403, 'seller_paused'));
	});

	test('an address that is not there is 404', async () => {
		expectProblem(await live.get('/v1/nothing'), 404, 'not_found');
		expectProblem(await anonymous.get('/nothing'), 404, 'not_found');
	});

	test('a method that an address does not take is 405 and says which it takes', async () => {
		const answer = await live.get('/v1/ping');

		expectProblem(answer, 405);
		assert.match(answer.headers.allow ?? '', /\bPOST\b/);
	});

	for (const path of ['//v1/health', '/v1//health', '/v1/./health', '/v1/../v1/health', '/v1/%2e%2e/v1/health', '/v1%2fhealth', '/v1/health%00',
		'/v1/he%61lth', '/v1/health/', '/V1/health', '/v1/health;x=1'])
		test(`the path ${path} is nobody's`, async () => {
			const answer = await send('GET', path);

			assert.equal(answer.status, 404, answer.text.slice(0, 300));
			answer.json = JSON.parse(answer.text);
			checkProblem(answer, { server: true });
		});

	test('the sandbox\'s buyers are not there over TLS', async () => {
		const answer = await send('POST', '/sandbox/buyers/sandbox-one/ping', { base: env.GAVEL_URL, body: '{}' });

		assert.equal(answer.status, 404);
	});
});
