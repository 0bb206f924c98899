// A seller's program: calls the API through the web server and holds every answer to what http-api promises of all of them.
import assert from 'node:assert/strict';
import http from 'node:http';
import https from 'node:https';
import { performance } from 'node:perf_hooks';
import { checkAnswer } from './contract.mjs';
import { ca, env, eventually } from './system.mjs';

const agents = {
	'http:': new http.Agent({ keepAlive: true, maxSockets: 256 }),
	'https:': new https.Agent({ keepAlive: true, maxSockets: 256, ca }),
};

// Whatever comes back is held to the published contract.
export async function send(method, path, options = {}) {
	const answer = await sendAgain(method, path, options);

	checkAnswer({ method, path, headers: options.headers ?? {}, body: options.body ?? '' }, answer);
	return answer;
}

// A connection that lay idle may be closed just as it is taken up again; then nothing was read of the request, and it is sent once more,
// over one of its own.
async function sendAgain(method, path, options) {
	try {
		return await sendOnce(method, path, options);
	} catch (e) {
		if (e.code !== 'ECONNRESET' || !e.reused)
			throw e;
		return sendOnce(method, path, { ...options, fresh: true });
	}
}

// One request, byte for byte: the path is not touched on its way.
function sendOnce(method, path, { base = env.GAVEL_HTTP_URL, headers = {}, body = '', timeout = 60000, fresh = false, from: localAddress } = {}) {
	const { protocol, hostname, port } = new URL(base);
	const bytes = Buffer.isBuffer(body) ? body : Buffer.from(body);
	const all = { ...headers };

	if (bytes.length > 0 || method !== 'GET')
		all['Content-Length'] ??= bytes.length;
	return new Promise((resolve, reject) => {
		const from = performance.now();
		const request = (protocol === 'https:' ? https : http).request(
			{ agent: fresh || localAddress ? false : agents[protocol], localAddress, ca, method, hostname, port, path, headers: all, timeout }, (answer) => {
				const parts = [];

				answer.on('data', (part) => parts.push(part));
				answer.on('error', reject);
				answer.on('end', () => resolve({ status: answer.statusCode, headers: answer.headers,
					names: answer.rawHeaders.filter((_, i) => i % 2 === 0).map((name) => name.toLowerCase()), text: Buffer.concat(parts).toString(),
					ms: performance.now() - from }));
			});

		request.on('timeout', () => request.destroy(new Error(`no answer to ${method} ${path} within ${timeout} ms`)));
		request.on('error', (e) => reject(Object.assign(e, { reused: request.reusedSocket })));
		request.end(bytes);
	});
}

const text = (v, what) => assert.ok(typeof v === 'string' && v !== '', `${what} is a text, not ${JSON.stringify(v)}`);

// RFC 9457 and what we add to it. One that the web server made itself knows no request.
export function checkProblem(answer, { server = false } = {}) {
	const p = answer.json;

	assert.equal(answer.headers['content-type'], 'application/problem+json');
	assert.equal(p.status, answer.status, 'the document repeats the status');
	for (const name of ['type', 'title', 'code'])
		text(p[name], name);
	assert.match(p.code, /^[a-z][a-z0-9_]*$/);
	if (!server) {
		text(p.request_id, 'request_id');
		assert.equal(p.request_id, answer.headers['x-request-id']);
	}
	if (p.errors !== undefined)
		for (const e of p.errors) {
			assert.match(e.pointer, /^#(\/.*)?$/);
			text(e.code, 'a fault\'s code');
			text(e.detail, 'a fault\'s detail');
		}
	if (answer.status === 429 || answer.status === 503)
		assert.match(answer.headers['retry-after'] ?? '', /^[0-9]+$/, 'Retry-After');
	return p;
}

function check(answer) {
	const type = answer.headers['content-type'] ?? '';

	assert.ok(answer.headers['x-request-id'], `${answer.status} carries X-Request-Id`);
	if (/^application\/(problem\+)?json$/.test(type))
		answer.json = JSON.parse(answer.text);
	if (answer.status >= 400)
		checkProblem(answer);
	else if (answer.json?.request_id !== undefined && !answer.headers['idempotent-replayed'])
		assert.equal(answer.json.request_id, answer.headers['x-request-id']);
	return answer;
}

export class Seller {
	constructor(key, base) {
		this.key = key;
		this.base = base;
	}

	headers(more) {
		return { Authorization: `Bearer ${this.key}`, ...more };
	}

	async get(path, headers) {
		return check(await send('GET', path, { base: this.base, headers: this.headers(headers) }));
	}

	// body: an object is sent as JSON, a text as it is.
	async post(path, body, headers = {}) {
		const raw = typeof body === 'string' || Buffer.isBuffer(body);

		return check(await send('POST', path, { base: this.base, headers: this.headers({ 'Content-Type': 'application/json', ...headers }),
			body: raw ? body : JSON.stringify(body) }));
	}

	ping(body, headers) { return this.post('/v1/ping', body, headers); }

	sell(body, headers) { return this.post('/v1/post', body, headers); }

	lead(body, headers) { return this.post('/v1/lead', body, headers); }
}

export const anonymous = {
	async get(path, headers = {}) { return check(await send('GET', path, { headers })); },
	async post(path, body, headers = {}) {
		return check(await send('POST', path, { headers: { 'Content-Type': 'application/json', ...headers }, body: JSON.stringify(body) }));
	},
};

// What an answer's status is to be; what came instead stands in the message.
export function expectStatus(answer, status) {
	assert.equal(answer.status, status, `answered ${answer.status}, not ${status}: ${answer.text.slice(0, 600)}`);
	return answer.json;
}

// A problem of this status and code, with exactly these faults when they are given: [pointer, code].
export function expectProblem(answer, status, code, faults) {
	const p = expectStatus(answer, status);

	if (code !== undefined)
		assert.equal(p.code, code, answer.text.slice(0, 600));
	if (faults !== undefined)
		assert.deepEqual((p.errors ?? []).map((e) => [e.pointer, e.code]).sort(), [...faults].sort());
	return p;
}

export const idShape = (prefix) => new RegExp(`^${prefix}_[0-9A-HJKMNP-TV-Z]{26}$`);

// Until the workers know these sellers' keys.
export const ready = (...sellers) => eventually(async () => {
	for (const seller of sellers)
		expectStatus(await seller.get('/v1/status'), 200);
});
