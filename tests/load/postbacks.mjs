// How many signed postbacks a second, and how late, while every auction thread waits on slow buyers. By hand; docs/performance.md has the figures.
//
//	node tests/load/postbacks.mjs [SECONDS [CONNECTIONS [told|changes]]]
//
// told: what buyers say most, nine dispositions and a conversion in ten, over 400 sales. changes: each postback is the first of a sale of its
// own and converts it, so that every one moves sale, lead, outbox and events.
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { ready, Seller } from '../flow/lib/api.mjs';
import { accepted, bid, script } from '../flow/lib/buyers.mjs';
import * as config from '../flow/lib/config.mjs';
import { apply, env, newKey, sleep, sql } from '../flow/lib/system.mjs';
import { secretOf, sign } from '../flow/lib/verdicts.mjs';

const [seconds, connections] = [Number(process.argv[2] ?? 10), Number(process.argv[3] ?? 16)];
const changes = process.argv[4] === 'changes';
const LEADS = changes ? 2500 * seconds : 400;
const WAITING = 120;           // every auction that the pool of 128 threads admits
const SLOW = ['pl-slow-a', 'pl-slow-b']; // campaigns; of one buyer no more than a hundred calls may be in flight
const WAIT_MS = 10000;         // the load has to end before they do
const REQUESTS = changes ? LEADS : 8000 * seconds;
const folder = mkdtempSync(path.join(os.tmpdir(), 'postbacks-'));

process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
script('/pl/ping', bid(20));
script('/pl/post', accepted());
script('/pl-slow/ping', { stall: true });
if (seconds > 8)
	throw new Error('the auctions wait for 10 seconds: SECONDS is 8 at the most');
await apply(config.document({ verticals: [config.vertical('pl')],
	campaigns: [config.campaign('pl', 'pl'), ...SLOW.map((key) => config.campaign(key, 'pl', { ping_timeout_ms: WAIT_MS }))],
	sellers: [config.seller('pl', ['pl', ...SLOW])],
	buyers: [config.simpleBuyer('pl', 'pl'), ...SLOW.flatMap((campaign) => [1, 2, 3].map((i) => config.buyer(`${campaign}-${i}`,
		[config.contract(`${campaign}-${i}`, campaign, { ping: config.pingStep('/pl-slow/ping') })])))] }));

const acme = new Seller(newKey('pl'));
const sales = [];

await ready(acme);
await Promise.all(Array.from({ length: changes ? 24 : 8 }, async () => {
	while (sales.length < LEADS)
		sales.push((await acme.lead({ campaign: 'pl', lead: config.wholeLead() })).json.sales[0].sale_id);
}));

const secret = secretOf('pl');
const lines = Array.from({ length: REQUESTS }, (_, n) => {
	const body = JSON.stringify({ sale_id: sales[n % sales.length], status: changes || n % 10 === 0 ? 'converted' : 'contacted', event_id: randomUUID() });
	const h = sign(secret, body);

	return [h['webhook-id'], h['webhook-timestamp'], h['webhook-signature'], body].join('\t');
});

writeFileSync(path.join(folder, 'requests'), `${lines.join('\n')}\n`);
writeFileSync(path.join(folder, 'load.lua'), `
local threads, all = 0, {}
function setup(t) t:set("number", threads); threads = threads + 1 end
function init()
  local i = 0
  for line in io.lines("${folder}/requests") do
    if i % 2 == number then all[#all + 1] = line end
    i = i + 1
  end
  at = 0
end
function request()
  at = at % #all + 1
  local id, ts, sig, body = all[at]:match("^(.-)\\t(.-)\\t(.-)\\t(.*)$")
  return wrk.format("POST", "/v1/postback/pl", { ["Content-Type"] = "application/json", ["webhook-id"] = id, ["webhook-timestamp"] = ts,
    ["webhook-signature"] = sig }, body)
end
`);

// Auctions that wait, as many as there is room for. One that is answered before its time has not waited, and the figures are worth nothing.
let waiting = 0;
let early = 0;
const slow = Array.from({ length: WAITING }, async (_, n) => {
	const start = Date.now();

	waiting += 1;
	await acme.ping({ campaign: SLOW[n % SLOW.length], lead: config.lead() }).catch(() => {});
	waiting -= 1;
	early += Date.now() - start < WAIT_MS - 500;
});

// Seconds of processor time that each program of the system has used: on a busy machine the only figure that holds.
function processorTime() {
	const used = {};

	for (const pid of readdirSync('/proc').filter((name) => /^[0-9]+$/.test(name)))
		try {
			const words = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
			const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ');
			const name = `${path.basename(words[0])}${words[1] === '--routes' ? ` ${words[2]}` : ''}`;

			if (words.some((w) => w.includes(path.dirname(env.GAVEL_CONF))))
				used[name] = (used[name] ?? 0) + (Number(fields[11]) + Number(fields[12])) / 100;
		} catch {
			// It has ended.
		}
	return used;
}

await sleep(1500);
const from = processorTime();
const before = Number(sql('SELECT COUNT(*) FROM postback')[0][0]);

console.log(`${waiting} auctions wait on slow buyers`);
const wrk = spawn('wrk', ['-t2', `-c${connections}`, `-d${seconds}s`, '--latency', '-s', path.join(folder, 'load.lua'), env.GAVEL_HTTP_URL], { stdio: 'inherit' });

await new Promise((resolve) => { wrk.once('exit', resolve); });
const until = processorTime();
const taken = Number(sql('SELECT COUNT(*) FROM postback')[0][0]) - before;

console.log(`${taken} postbacks are in the database, ${(taken / seconds).toFixed(0)} for each second; ${waiting} auctions were still waiting, ${early} were answered early`);
for (const name of Object.keys(until).sort())
	console.log(`${name.padEnd(20)} ${(1e6 * (until[name] - (from[name] ?? 0)) / taken).toFixed(0).padStart(6)} us of processor time for each`);
await Promise.all(slow);
process.exitCode = early > 0 ? 1 : 0;
