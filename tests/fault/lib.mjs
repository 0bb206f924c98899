// What fault tests share: job runners of our own, failpoints, buyers with a durable log, clients that ask until they are answered.
import { spawn } from 'node:child_process';
import { closeSync, fsyncSync, openSync, readFileSync, writeFileSync, writeSync } from 'node:fs';
import path from 'node:path';
import { send } from '../flow/lib/api.mjs';
import { env, sleep } from '../flow/lib/system.mjs';

const folder = process.env.FAULT_DIR;

export const arm = (point, action = 'kill') => writeFileSync(path.join(folder, 'fail'), `${point}=${action}`);
export const disarm = () => writeFileSync(path.join(folder, 'fail'), '');
// A kill removes the file first.
export const hasStruck = () => {
	try {
		readFileSync(path.join(folder, 'fail'));
		return false;
	} catch {
		return true;
	}
};

// Lines that are on the disk before anybody hears of them.
export class Log {
	constructor(name) {
		this.file = path.join(folder, name);
		this.fd = openSync(this.file, 'a');
		process.once('exit', () => closeSync(this.fd));
	}

	write(line) {
		writeSync(this.fd, `${JSON.stringify(line)}\n`);
		fsyncSync(this.fd);
	}

	read() {
		return readFileSync(this.file, 'utf8').split('\n').filter((l) => l !== '').map((l) => JSON.parse(l));
	}
}

// gavel-jobs beside quickstart's own, as many as are asked for; one that dies is followed by another.
export class Runners {
	constructor(n) {
		this.running = new Set();
		this.wanted = n;
		process.once('exit', () => this.running.forEach((child) => child.kill('SIGKILL')));
		this.fill();
	}

	fill() {
		while (this.running.size < this.wanted) {
			const child = spawn(path.join(env.GAVEL_BIN, 'gavel-jobs'), ['--config-file', env.GAVEL_CONF], { stdio: 'ignore',
				env: { ...process.env, GAVEL_DATABASE__USER: 'gavel_jobs',
					GAVEL_DATABASE__PASSWORD_FILE: path.join(path.dirname(env.GAVEL_CONF), 'secrets/database-jobs') } });

			this.running.add(child);
			child.once('exit', () => {
				this.running.delete(child);
				if (this.wanted > 0)
					setTimeout(() => this.fill(), 100).unref();
			});
		}
	}

	any() { return [...this.running][Math.floor(Math.random() * this.running.size)]; }

	end() {
		this.wanted = 0;
		this.running.forEach((child) => child.kill('SIGKILL'));
	}
}

// A seller's program that was told to be patient: the same request under the same key until there is an answer that is one.
export async function ask(key, body, idempotency, until) {
	for (;;) {
		let answer;

		try {
			answer = await send('POST', '/v1/lead', { timeout: 15000, body: JSON.stringify(body), headers: { Authorization: `Bearer ${key}`,
				'Content-Type': 'application/json', 'Idempotency-Key': idempotency } });
		} catch (e) {
			if (e.code === 'ERR_ASSERTION')
				throw e;
			answer = { status: 0, text: e.message };
		}
		if (answer.status === 201 || answer.status === 200)
			return JSON.parse(answer.text);
		if (Date.now() > until)
			throw new Error(`no answer but ${answer.status}: ${answer.text}`);
		await sleep(100 + Math.random() * 200);
	}
}
