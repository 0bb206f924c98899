// Load on a running system (its env file is sourced), with what its processes hold before and after.
//   node tests/load/load.mjs DIR --requests N [--connections N] [--mix pings|all] [--growth refused|shown]
// DIR is the folder of scripts/quickstart. Prints one line for each answer's kind and one for each worker process, and ends with 1 when an
// answer was none that its request may get, or when descriptors or memory grew.
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import { parseArgs } from 'node:util';

const { values: options, positionals: [dir] } = parseArgs({ allowPositionals: true, options: {
	requests: { type: 'string', default: '10000' }, connections: { type: 'string', default: '32' }, mix: { type: 'string', default: 'pings' },
	growth: { type: 'string', default: 'refused' } } });
const total = Number(options.requests);
const env = process.env;
const top = path.resolve(import.meta.dirname, '../..');
const sample = (name) => JSON.parse(readFileSync(path.join(top, 'scripts/sample', `${name}.json`), 'utf8'));
const ping = sample('ping');
const post = sample('post');
const agent = new http.Agent({ keepAlive: true, maxSockets: Number(options.connections) });
const counts = new Map();
let wrong = 0;
let serial = 0;

function call(method, at, key, body, headers = {}) {
	const bytes = body === undefined ? '' : typeof body === 'string' ? body : JSON.stringify(body);
	const { hostname, port } = new URL(env.GAVEL_HTTP_URL);

	return new Promise((resolve, reject) => {
		const request = http.request({ agent, method, hostname, port, path: at, timeout: 60000,
			headers: { Authorization: `Bearer ${key}`, 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(bytes), ...headers } }, (answer) => {
			const parts = [];

			answer.on('data', (part) => parts.push(part));
			answer.on('error', reject);
			answer.on('end', () => resolve({ status: answer.statusCode, text: Buffer.concat(parts).toString() }));
		});

		request.on('timeout', () => request.destroy(new Error(`no answer to ${method} ${at}`)));
		// The server closed an idle connection as the request went out on it: nothing was answered, so it goes again.
		request.on('error', (e) => (request.reusedSocket && e.code === 'ECONNRESET' ? resolve(call(method, at, key, body, headers)) : reject(e)));
		request.end(bytes);
	});
}

// Counts an answer of this kind of request; others than these statuses are wrong, but for a 503, which says that it was too much at once.
function count(kind, answer, ...good) {
	const ok = good.includes(answer.status);
	const name = `${kind} ${answer.status}`;

	counts.set(name, (counts.get(name) ?? 0) + 1);
	if (ok)
		return JSON.parse(answer.text);
	if (answer.status !== 503) {
		wrong += 1;
		if (wrong <= 5)
			process.stdout.write(`${name}: ${answer.text.slice(0, 300)}\n`);
	}
	return undefined;
}

const person = () => {
	serial += 1;
	return { ...post.lead, email: `ann${process.pid}.${serial}@example.com`, phone: `212555${String(serial % 10000).padStart(4, '0')}` };
};
const zip = (z, lead) => ({ ...lead, zip: z });
const magic = ['00001', '00002', '00003', '00004', '00005', '00006', '00007'];
const bad = ['{', '{"campaign":"auto","campaign":"auto"}', '[]', '"\ud800"', `{"lead":${'['.repeat(500)}`, '{"campaign":"auto","lead":{"ssn":"078051120","zip":1}}',
	JSON.stringify({ campaign: 'auto', lead: { zip: 'x'.repeat(5000) } }), '{"campaign":"auto","lead":{"zip":"90210","nope":true}}', '\u0000', ''];

async function onePing() {
	count('ping', await call('POST', '/v1/ping', env.GAVEL_SELLER_KEY, ping), 200);
}

// A ping and its post, then what happened; now and then twice under one Idempotency-Key.
async function sell(key, lead) {
	const mine = serial;
	const twice = mine % 3 === 0;
	const pinged = count('ping', await call('POST', '/v1/ping', key, { ...ping, lead: zip(lead.zip, ping.lead) }), 200);
	const body = { ...post, ping_id: pinged?.ping_id, lead };
	const headers = twice ? { 'Idempotency-Key': `load-${process.pid}-${mine}` } : {};
	let sold;

	if (pinged === undefined)
		return;
	sold = count('post', await call('POST', '/v1/post', key, body, headers), 201);
	if (twice)
		count('post again', await call('POST', '/v1/post', key, body, headers), 200, 201);
	if (sold === undefined)
		return;
	count('lead', await call('GET', `/v1/leads/${sold.lead_id}`, key), 200);
	count('explain', await call('GET', `/v1/leads/${sold.lead_id}/explain`, key), 200);
}

async function oneOfAll(i) {
	if (i % 10 < 5)
		await onePing();
	else if (i % 10 < 7)
		await sell(env.GAVEL_SELLER_KEY, person());
	else if (i % 10 === 7)
		await sell(env.GAVEL_SANDBOX_KEY, zip(magic[Math.floor(i / 10) % magic.length], person()));
	else if (i % 10 === 8)
		count('lead in one', await call('POST', '/v1/lead', env.GAVEL_SELLER_KEY, { campaign: 'auto', lead: person(), consent: post.consent }), 201);
	else
		count('bad', await call('POST', i % 20 === 9 ? '/v1/ping' : '/v1/post', env.GAVEL_SELLER_KEY, bad[Math.floor(i / 20) % bad.length]), 400, 413, 422);
}

// The worker processes: children of the programs that DIR tells of.
function processes() {
	const parents = new Map();

	for (const part of ['api', 'event', 'sandbox', 'admin', 'jobs'])
		parents.set(readFileSync(path.join(dir, 'run', `${part}.pid`), 'utf8').split(' ')[0], part);
	return readdirSync('/proc').filter((name) => /^[0-9]+$/.test(name)).flatMap((pid) => {
		try {
			const parent = /^PPid:\t([0-9]+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1];
			const part = parents.get(parent) ?? (parents.get(pid) === 'jobs' ? 'jobs' : undefined);

			return part === undefined ? [] : [{ pid, part, ...held(pid) }];
		} catch {
			return [];
		}
	});
}

function held(pid) {
	const descriptors = readdirSync(`/proc/${pid}/fd`).filter((fd) => {
		try {
			return readlinkSync(`/proc/${pid}/fd/${fd}`) !== '';
		} catch {
			return false;
		}
	});
	const kib = Number(/^VmRSS:\s+([0-9]+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]);

	return { descriptors: descriptors.length, kib };
}

async function run(n, each) {
	let next = 0;
	const worker = async () => {
		while (next < n) {
			const i = next;

			next += 1;
			await each(i);
		}
	};

	await Promise.all(Array.from({ length: Number(options.connections) }, worker));
}

const quiet = () => new Promise((resolve) => { setTimeout(resolve, 3000); });
const each = options.mix === 'all' ? oneOfAll : onePing;
const warm = Math.min(Math.ceil(total / 10), 10000);

// Caches, pools and stacks are filled first; growth is what comes after.
await run(warm, each);
await quiet();

const was = processes();
const from = performance.now();

await run(total - warm, each);

const seconds = (performance.now() - from) / 1000;

await quiet();
process.stdout.write(`${total} requests, of which ${warm} before the first look; ${((total - warm) / seconds).toFixed(0)}/s\n`);
for (const [name, n] of [...counts].sort())
	process.stdout.write(`${name.padEnd(20)} ${n}\n`);

const is = new Map(processes().map((p) => [p.pid, p]));
let grown = 0;

for (const p of was) {
	const now = is.get(p.pid);
	const more = now === undefined || now.descriptors > p.descriptors + 8 || now.kib > p.kib * 1.1 + 4096;

	grown += more ? 1 : 0;
	process.stdout.write(`${p.part.padEnd(8)} process ${p.pid.padEnd(8)} descriptors ${p.descriptors} -> ${now?.descriptors ?? 'gone'}, resident ${
		(p.kib / 1024).toFixed(1)} -> ${((now?.kib ?? 0) / 1024).toFixed(1)} MiB${more ? '  GROWN' : ''}\n`);
}
process.exit(wrong > 0 || (grown > 0 && options.growth === 'refused') ? 1 : 0);
