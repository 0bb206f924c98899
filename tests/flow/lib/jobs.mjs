// The runner of jobs that the system started: who it is, and how it is killed and started again as it was.
import { spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync, readlinkSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { eventually, logs } from './system.mjs';

const pidFile = path.join(logs, '../run/jobs.pid');

export const jobsPid = () => Number(readFileSync(pidFile, 'utf8').split(' ')[0]);

// The kernel's start time of a process, as quickstart keeps it beside the number.
const startTime = (pid) => readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/^.*\) /, '').split(' ')[19];

const split = (file) => readFileSync(file, 'utf8').split('\0').filter((s) => s !== '');

// All that it takes to start it once more.
export function jobsHow(pid = jobsPid()) {
	const proc = `/proc/${pid}`;
	const { uid, gid } = statSync(proc);

	return { program: readlinkSync(`${proc}/exe`), args: split(`${proc}/cmdline`).slice(1), cwd: readlinkSync(`${proc}/cwd`), uid, gid,
		env: Object.fromEntries(split(`${proc}/environ`).map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)])) };
}

// keep: it takes the place of the one that is gone, so that stopping the system ends it.
export function startJobs(how, { keep = true } = {}) {
	const log = openSync(path.join(logs, 'jobs.log'), 'a');
	const child = spawn(how.program, how.args, { cwd: how.cwd, env: how.env, uid: how.uid, gid: how.gid, stdio: ['ignore', log, log], detached: true });

	closeSync(log);
	child.unref();
	if (keep)
		writeFileSync(pidFile, `${child.pid} ${startTime(child.pid)} gavel-jobs\n`);
	return child.pid;
}

export async function killJobs(pid = jobsPid()) {
	process.kill(pid, 'SIGKILL');
	await eventually(() => {
		let state = 'gone';

		try {
			state = /^State:\t(.)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1];
		} catch { /* no such process */ }
		if (state !== 'gone' && state !== 'Z')
			throw new Error(`the runner ${pid} is still there`);
	});
}
