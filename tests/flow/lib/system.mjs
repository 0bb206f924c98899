// The whole system under test, started once: MariaDB, the pools and the web server that FLOW_FRONT names, by scripts/quickstart, in a
// folder and on a port of its own. It ends with this process, however that ends.
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { settings } from './mailbox.mjs';

// What tests wait for comes sooner than it would in earnest.
export const guard = { calls: 100, least: Number(process.env.FLOW_CIRCUIT_LEAST ?? 20), probeMs: 1000 };
const shortened = { GAVEL_BUYERS__CALLS: guard.calls, GAVEL_BUYERS__CIRCUIT_LEAST: guard.least, GAVEL_BUYERS__CIRCUIT_PROBE_MS: guard.probeMs };

const top = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../../..');
const quickstart = path.join(top, 'scripts/quickstart');

export const front = process.env.FLOW_FRONT ?? 'apache';

const listens = (port) => new Promise((resolve) => {
	const server = net.createServer();

	server.once('error', () => resolve(false));
	server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
});

// Two ports side by side that nobody has; below the range that the kernel gives to outgoing connections.
export async function freePair() {
	for (let tries = 0; tries < 200; tries++) {
		const port = 10000 + 2 * Math.floor(Math.random() * 10000);

		if (await listens(port) && await listens(port + 1))
			return port;
	}
	throw new Error('no two free ports');
}

function readEnv(file) {
	const env = {};

	for (const line of readFileSync(file, 'utf8').split('\n')) {
		const [, name, value] = /^([A-Z_]+)=(.*)$/.exec(line) ?? [];

		if (name)
			env[name] = value.replace(/^"(.*)"$/, '$1');
	}
	return env;
}

// Of the pool that serves pings and posts, where a test wants more processes than one.
const more = process.env.FLOW_WORKERS ? ['--workers', process.env.FLOW_WORKERS] : [];
// A document may hold a list of a hundred thousand entries, and a table as many versions of it as there were tests.
const OUTPUT_MAX = 256 * 1024 * 1024;

const parent = process.env.GAVEL_TEST_DIR ?? os.tmpdir();
const scratch = mkdtempSync(path.join(parent, `flow-${front}-`));
const dir = path.join(scratch, 'system');

function stop() {
	spawnSync(quickstart, ['stop', '--dir', dir], { stdio: 'ignore' });
	rmSync(scratch, { recursive: true, force: true });
}

async function start() {
	chmodSync(scratch, 0o755);
	process.once('exit', stop);
	for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'])
		process.once(signal, () => process.exit(130));
	for (let tries = 0; ; tries++) {
		const port = await freePair();
		const run = spawnSync(quickstart, ['start', '--dir', dir, '--port', String(port), '--front', front, '--empty', '--no-sample', ...more],
			{ encoding: 'utf8', env: { ...process.env, ...settings, ...shortened } });

		if (run.status === 0)
			return readEnv(path.join(dir, 'env'));
		if (tries >= 3 || !/is taken/.test(run.stderr))
			throw new Error(`quickstart ended with ${run.status}:\n${run.stdout}${run.stderr}`);
	}
}

export const env = await start();
export const logs = path.join(dir, 'log');
export const ca = readFileSync(env.GAVEL_CA);

// gavelctl with these arguments: what it printed; an exit status other than the one expected is an error.
export function ctl(args, { input = '', status = 0 } = {}) {
	const run = spawnSync(path.join(env.GAVEL_BIN, 'gavelctl'), args,
		{ input, encoding: 'utf8', maxBuffer: 1 << 26, env: { ...process.env, GAVEL_CONF: env.GAVEL_CONF } });

	if (run.status !== status)
		throw new Error(`gavelctl ${args.join(' ')} ended with ${run.status}, not ${status}:\n${run.stdout}${run.stderr}`);
	return { out: run.stdout.trim(), err: run.stderr };
}

// The rows of a query as lists of texts (null for NULL), asked as the private server's root.
export function sql(query) {
	const [program, ...args] = env.GAVEL_DB_ROOT.split(' ');
	const run = spawnSync(program, [...args, '-N', '-B', env.GAVEL_DB_NAME, '-e', query], { encoding: 'utf8', maxBuffer: OUTPUT_MAX });

	if (run.status !== 0)
		throw new Error(`${query}: ${run.stderr}`);
	return run.stdout.split('\n').filter((line) => line !== '')
		.map((line) => line.split('\t').map((cell) => (cell === 'NULL' ? null : cell)));
}

// The worker processes of the pool that serves pings and posts: not the one that watches over them.
export function workers() {
	const found = readdirSync('/proc').filter((name) => /^[0-9]+$/.test(name)).map((pid) => {
		try {
			const words = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
			const status = readFileSync(`/proc/${pid}/status`, 'utf8');

			return { pid: Number(pid), parent: Number(/^PPid:\s+(\d+)/m.exec(status)[1]),
				ours: /gavel-api$/.test(words[0]) && words.includes('api') && words.some((word) => word.startsWith(dir)) };
		} catch {
			return {};
		}
	}).filter((p) => p.ours);

	return found.filter((p) => found.some((other) => other.pid === p.parent)).map((p) => p.pid);
}

export const sleep = (ms) => new Promise((resolve) => { setTimeout(resolve, ms); });

// Tries until check stops throwing; its last complaint is the error.
export async function eventually(check, ms = 3000) {
	const until = Date.now() + ms;

	for (;;)
		try {
			return await check();
		} catch (e) {
			if (Date.now() > until)
				throw e;
			await sleep(50);
		}
}

// Applies a document and waits until every worker has it: a version is in force within one second.
export async function apply(document) {
	const { out } = ctl(['apply', '-'], { input: JSON.stringify(document) });

	await sleep(1100);
	return out;
}

export const newKey = (seller, ...more) => ctl(['key', 'create', '--seller', seller, ...more]).out;
