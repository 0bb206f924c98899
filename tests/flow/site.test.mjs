// The site files as they are on a production host: the same that the demo runs, without its loopback door to everything. They are started
// as a second web server before the same programs.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import os from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { ca, env, eventually, freePair, front, logs } from './lib/system.mjs';

const dir = path.dirname(logs);

// Status and text of a GET.
const get = (port, target) => new Promise((resolve, reject) => {
	const request = (port === plain ? http : https).get({ host: '127.0.0.1', port, path: target, ca, servername: 'localhost', agent: false }, (answer) => {
		let text = '';

		answer.setEncoding('utf8');
		answer.on('data', (piece) => { text += piece; });
		answer.on('end', () => resolve({ status: answer.statusCode, type: answer.headers['content-type'], text }));
	});

	request.once('error', reject);
});

let tls;
let plain;

describe('site', () => {
	let scratch;
	let server;

	before(async () => {
		const was = Number(new URL(env.GAVEL_URL).port);

		scratch = mkdtempSync(path.join(process.env.GAVEL_TEST_DIR ?? os.tmpdir(), 'site-'));
		chmodSync(scratch, 0o755);
		tls = await freePair();
		plain = tls + 1;
		for (const folder of ['conf', 'log', 'web']) {
			mkdirSync(path.join(scratch, folder));
			chmodSync(path.join(scratch, folder), 0o777);
		}
		for (const name of readdirSync(path.join(dir, 'conf')))
			writeFileSync(path.join(scratch, 'conf', name), readFileSync(path.join(dir, 'conf', name), 'utf8')
				.replaceAll(String(was), String(tls)).replaceAll(String(was + 1), String(plain)).replaceAll('gavel-demo.conf', 'gavel-sandbox.conf')
				.replaceAll(`${dir}/conf`, `${scratch}/conf`).replaceAll(`${dir}/log`, `${scratch}/log`).replaceAll(`${dir}/web`, `${scratch}/web`));
		const main = path.join(scratch, 'conf', 'demo.conf');

		server = front === 'apache' ?
			spawn('/usr/sbin/apache2', ['-f', main, '-DFOREGROUND', ...(process.getuid() === 0 ? ['-DGAVEL_ROOT'] : [])], { stdio: 'ignore' }) :
			spawn('/usr/sbin/lighttpd', ['-D', '-f', main], { stdio: 'ignore' });
		await eventually(async () => assert.equal((await get(tls, '/v1/health')).status, 200), 20000);
	});
	after(async () => {
		if (server?.exitCode === null) {
			const ended = new Promise((resolve) => { server.once('exit', resolve); });

			server.kill('SIGTERM');
			await ended;
		}
		rmSync(scratch, { recursive: true, force: true });
	});

	test('the world finds pings, pages and their files, and no buyer of the sandbox', async () => {
		assert.equal((await get(tls, '/v1/ready')).status, 200);
		assert.equal((await get(tls, '/admin/sign-in')).status, 200);
		assert.equal((await get(tls, '/sandbox/buyers/acme/ping')).status, 404);
	});

	test('this host finds the sandbox and /metrics on the loopback port, and nothing else', async () => {
		const metrics = await get(plain, '/metrics');

		assert.equal(metrics.status, 200);
		assert.match(metrics.text, /^gavel_workers\{/m);
		assert.notEqual((await get(plain, '/sandbox/buyers/acme/ping')).status, 403);
		for (const target of ['/', '/v1/health', '/v1/ready', '/admin/sign-in', '/metrics/more', '/docs/openapi.json'])
			assert.equal((await get(plain, target)).status, 403, target);
	});
});
