// What the web server does by itself: refusals, files, logs.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { describe, test } from 'node:test';
import { checkProblem, send } from './lib/api.mjs';
import { env, eventually, front, logs, sleep } from './lib/system.mjs';

function refusal(answer, status) {
	assert.equal(answer.status, status, answer.text.slice(0, 300));
	answer.json = JSON.parse(answer.text);
	return checkProblem(answer, { server: true });
}

// Bytes that no client library would send, and the head and body of what comes back.
function raw(bytes) {
	return new Promise((resolve, reject) => {
		const { hostname, port } = new URL(env.GAVEL_HTTP_URL);
		const socket = net.connect(Number(port), hostname, () => socket.write(bytes, 'latin1'));
		let text = '';

		socket.setTimeout(5000, () => socket.destroy(new Error('no answer')));
		socket.on('data', (part) => { text += part; });
		socket.on('error', reject);
		socket.on('close', () => {
			const [head, ...body] = text.split('\r\n\r\n');
			const headers = Object.fromEntries(head.split('\r\n').slice(1).map((l) => [l.split(':')[0].toLowerCase(), l.slice(l.indexOf(':') + 1).trim()]));

			resolve({ status: Number(head.split(' ')[1]), headers, text: body.join('\r\n\r\n') });
		});
	});
}

describe(`the web server (${front})`, () => {
	test('a header that comes twice is one, and one in another spelling is nobody\'s', async () => {
		const ask = (...lines) => raw(`GET /v1/health HTTP/1.1\r\nHost: a\r\n${lines.map((l) => `${l}\r\n`).join('')}Connection: close\r\n\r\n`);

		assert.equal((await ask('Accept: text/html', 'Accept: application/json', 'Cookie: a=1', 'Cookie: b=2', 'X-Forwarded-For: 192.0.2.1', 'X-Forwarded-For: 192.0.2.2')).status, 200);
		// One server leaves it out by itself, the other hands both on.
		assert.equal((await ask('X-Forwarded-For: 192.0.2.1', 'X_Forwarded_For: 127.0.0.1')).status, front === 'lighttpd' ? 400 : 200);
	});

	test('two hundred bodies that never come hold nobody else up', async () => {
		const { hostname, port } = new URL(env.GAVEL_HTTP_URL);
		// A form's body is read before anybody has shown who he is.
		const slow = Array.from({ length: 200 }, () => net.connect(Number(port), hostname, function begin() {
			this.write('POST /v1/forms/none HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{');
		}).on('error', () => {}));

		try {
			await sleep(300);
			for (let i = 0; i < 5; i++) {
				const { status, ms } = await send('GET', '/v1/health');

				assert.equal(status, 200);
				assert.ok(ms < 2000, `${Math.round(ms)} ms`);
			}
		} finally {
			slow.forEach((socket) => socket.destroy());
		}
	});

	for (const [what, bytes] of [
		['no request line', 'GARBAGE\r\n\r\n'],
		['a header with a space in its name', 'GET /v1/health HTTP/1.1\r\nHost: a\r\nBad Header: x\r\nConnection: close\r\n\r\n'],
		['a length that is no number', 'POST /v1/ping HTTP/1.1\r\nHost: a\r\nContent-Length: zz\r\nConnection: close\r\n\r\n'] ])
		test(`${what} is a problem document with 400`, async () => refusal(await raw(bytes), 400));

	test('a body over every limit is a problem document with 413', async () => {
		refusal(await send('POST', '/v1/ping', { body: Buffer.alloc(300 * 1024, 32), headers: { 'Content-Type': 'application/json' } }), 413);
	});

	test('a body over a ping\'s own limit is 413 too', async () => {
		const answer = await send('POST', '/v1/ping', { body: Buffer.alloc(70 * 1024, 32), headers: { 'Content-Type': 'application/json' } });

		// Without a key the key may be asked for first.
		assert.ok(answer.status === 413 || answer.status === 401, String(answer.status));
	});

	test('a file that is not there is a problem document with 404', async () => {
		refusal(await send('GET', '/docs/nothing.html'), 404);
		refusal(await send('GET', '/f/assets/nothing.js'), 404);
	});

	test('no path leads out of the files', async () => {
		for (const way of ['/docs/../../configure.ac', '/docs/..%2f..%2fconfigure.ac', '/docs/%2e%2e/%2e%2e/configure.ac', '/docs/.%2e/secrets'])
			assert.ok([400, 403, 404].includes((await send('GET', way)).status), way);
	});

	test('what it sends is not to be guessed at', async () => {
		assert.equal((await send('GET', '/v1/health')).headers['x-content-type-options'], 'nosniff');
		assert.equal((await send('GET', '/docs/nothing')).headers['x-content-type-options'], 'nosniff');
		assert.equal((await send('GET', '/admin/assets/admin.css')).headers['content-type'], 'text/css; charset=utf-8');
	});

	test('no header stands twice, and none tells caches of what we look at', async () => {
		for (const url of ['/admin', '/v1/health', '/admin/assets/admin.css', '/docs/nothing']) {
			const { headers, names } = await send('GET', url);

			assert.equal(headers.vary, undefined, url);
			assert.deepEqual(names.filter((name, i) => names.indexOf(name) !== i), [], url);
		}
	});

	test('the access log has the path and never the query', async () => {
		await send('GET', '/v1/health?token=hunter2', { headers: { 'X-Request-Id': 'logged-1' } });
		await eventually(() => {
			const log = readFileSync(path.join(logs, 'access.log'), 'utf8');

			assert.match(log, /"GET \/v1\/health HTTP\/1\.1" 200/);
			assert.doesNotMatch(log, /hunter2/);
		}, 10000);
	});
});
