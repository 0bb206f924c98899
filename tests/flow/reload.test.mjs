// A reload (SIGHUP to a supervisor): settings and program are those of now, what is in flight is finished, and no request falls between two
// generations of workers. Settings that are wrong leave the old workers at work.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { copyFileSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { expectStatus, ready, Seller, send } from './lib/api.mjs';
import { bid, script } from './lib/buyers.mjs';
import * as config from './lib/config.mjs';
import { apply, env, eventually, logs, newKey } from './lib/system.mjs';

const dir = path.dirname(logs);
const supervisor = (part) => Number(readFileSync(path.join(dir, 'run', `${part}.pid`), 'utf8').split(' ')[0]);

const children = (parent) => readdirSync('/proc').filter((name) => {
	try {
		return /^[0-9]+$/.test(name) && new RegExp(`^PPid:\\s+${parent}$`, 'm').test(readFileSync(`/proc/${name}/status`, 'utf8'));
	} catch {
		return false;
	}
}).map(Number);

// The workers that were there are gone, and as many others are there.
async function replaced(parent, old) {
	await eventually(() => {
		const now = children(parent);

		assert.ok(now.length === old.length && now.every((pid) => !old.includes(pid)), `${old} are not replaced: ${now}`);
	}, 30000);
}

describe('reload', () => {
	const settings = readFileSync(env.GAVEL_CONF, 'utf8');
	let acme;

	before(async () => {
		script('/reload/ping', { ...bid(10), delay: 150 });
		await apply(config.document({ verticals: [config.vertical('reload')], campaigns: [config.campaign('reload', 'reload')],
			sellers: [config.seller('reload', ['reload'])], buyers: [config.simpleBuyer('reload', 'reload')] }));
		acme = new Seller(newKey('reload'));
		await ready(acme);
	});
	after(() => writeFileSync(env.GAVEL_CONF, settings));

	const ping = async () => expectStatus(await acme.ping({ campaign: 'reload', lead: config.lead() }), 200).bids.length;
	const metrics = async () => (await send('GET', '/metrics')).status;

	test('a new generation has the settings of now, and every ping meanwhile is answered', async () => {
		const pools = ['api', 'admin'].map(supervisor);
		const old = pools.map(children);
		const seen = [];
		let running = true;
		const load = Promise.all([1, 2, 3, 4].map(async () => {
			while (running)
				seen.push(await ping());
		}));

		assert.equal(await metrics(), 200);
		writeFileSync(env.GAVEL_CONF, settings.replace('[web]\n', '[web]\nmetrics_allow = 192.0.2.1\n'));
		pools.forEach((pid) => process.kill(pid, 'SIGHUP'));
		await replaced(pools[0], old[0]);
		await replaced(pools[1], old[1]);
		running = false;
		await load;
		assert.ok(seen.length > 4 && seen.every((n) => n === 1), `${seen}`);
		assert.equal(await metrics(), 403);
		writeFileSync(env.GAVEL_CONF, settings);
		const middle = children(pools[1]);

		process.kill(pools[1], 'SIGHUP');
		await replaced(pools[1], middle);
		assert.equal(await metrics(), 200);
	});

	test('wrong settings are told of, and the old workers stay', async () => {
		const pool = supervisor('api');
		const old = children(pool);

		writeFileSync(env.GAVEL_CONF, settings.replace('[web]\n', '[web]\nlog_level = loud\n'));
		const said = readFileSync(path.join(logs, 'api.log'), 'utf8').length;

		process.kill(pool, 'SIGHUP');
		await eventually(() => assert.match(readFileSync(path.join(logs, 'api.log'), 'utf8').slice(said), /the settings are wrong.*log_level: is to be/s), 10000);
		assert.equal(await ping(), 1);
		assert.ok(old.every((pid) => children(pool).includes(pid)), 'an old worker is gone');
		writeFileSync(env.GAVEL_CONF, settings);
		process.kill(pool, 'SIGHUP');
		await replaced(pool, old);
		assert.equal(await ping(), 1);
	});

	test('a program that was replaced is the one that the new generation runs', async (t) => {
		const scratch = mkdtempSync(path.join(process.env.GAVEL_TEST_DIR ?? os.tmpdir(), 'reload-'));
		const program = path.join(scratch, 'gavel-api');
		const from = path.join(env.GAVEL_BIN, 'gavel-api');

		copyFileSync(from, program);
		const run = spawn(program, ['--routes', 'event', '--socket', path.join(scratch, 'socket'), '--workers', '2', '--threads', '2', '--config-file', env.GAVEL_CONF],
			{ stdio: 'ignore' });
		const ended = new Promise((resolve) => { run.once('exit', resolve); });

		t.after(() => rmSync(scratch, { recursive: true, force: true }));
		t.after(() => run.kill('SIGKILL'));
		await eventually(() => assert.equal(children(run.pid).length, 2), 10000);
		const old = children(run.pid);

		copyFileSync(from, `${program}.new`);
		renameSync(`${program}.new`, program);
		run.kill('SIGHUP');
		await replaced(run.pid, old);
		for (const pid of children(run.pid))
			assert.equal(readlinkSync(`/proc/${pid}/exe`), program);
		assert.equal(readlinkSync(`/proc/${run.pid}/exe`), `${program} (deleted)`);
		run.kill('SIGTERM');
		assert.equal(await ended, 0);
	});

	test('a hang-up leaves the jobs at work', async () => {
		const jobs = supervisor('jobs');

		process.kill(jobs, 'SIGHUP');
		await new Promise((resolve) => { setTimeout(resolve, 300); });
		process.kill(jobs, 0);
	});
});
