// How many signed postbacks a second, and how late, while every auction thread waits on slow buyers. By hand; docs/performance.md has the figures.
//
//	node tests/load/postbacks.mjs [SECONDS [CONNECTIONS]]
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { ready, Seller } from '../flow/lib/api.mjs';
import { accepted, bid, script } from '../flow/lib/buyers.mjs';
import * as config from '../flow/lib/config.mjs';
import { apply, env, newKey, sleep, sql } from '../flow/lib/system.mjs';
import { secretOf, sign } from '../flow/lib/verdicts.mjs';

const [seconds, connections] = [Number(process.argv[2] ?? 10), Number(process.argv[3] ?? 16)];
const LEADS = 400;
const WAITING = 110;
const REQUESTS = 5000 * seconds;
const folder = mkdtempSync(path.join(os.tmpdir(), 'postbacks-'));

process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
script('/pl/ping', bid(20));
script('/pl/post', accepted());
script('/pl-slow/ping', { stall: true });
await apply(config.document({ verticals: [config.vertical('pl')],
	campaigns: [config.campaign('pl', 'pl'), config.campaign('pl-slow', 'pl', { ping_timeout_ms: 10000 })], sellers: [config.seller('pl', ['pl', 'pl-slow'])],
	buyers: [config.simpleBuyer('pl', 'pl'), ...[1, 2, 3].map((i) => config.buyer(`pl-slow-${i}`,
		[config.contract(`pl-slow-${i}`, 'pl-slow', { ping: config.pingStep('/pl-slow/ping') })]))] }));

const acme = new Seller(newKey('pl'));
const sales = [];

await ready(acme);
await Promise.all(Array.from({ length: 8 }, async () => {
	while (sales.length < LEADS)
		sales.push((await acme.lead({ campaign: 'pl', lead: config.wholeLead() })).json.sales[0].sale_id);
}));

const secret = secretOf('pl');
const lines = Array.from({ length: REQUESTS }, (_, n) => {
	const body = JSON.stringify({ sale_id: sales[n % sales.length], status: n % 10 === 0 ? 'converted' : 'contacted', event_id: randomUUID() });
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

// Auctions that wait, as many as there is room for, for as long as it takes.
let going = true;
let waiting = 0;
const slow = Array.from({ length: WAITING }, async () => {
	while (going) {
		waiting += 1;
		await acme.ping({ campaign: 'pl-slow', lead: config.lead() }).catch(() => {});
		waiting -= 1;
	}
});

await sleep(1500);
const before = Number(sql('SELECT COUNT(*) FROM postback')[0][0]);

console.log(`${waiting} auctions wait on slow buyers`);
const wrk = spawn('wrk', ['-t2', `-c${connections}`, `-d${seconds}s`, '--latency', '-s', path.join(folder, 'load.lua'), env.GAVEL_HTTP_URL], { stdio: 'inherit' });

await new Promise((resolve) => { wrk.once('exit', resolve); });
console.log(`${Number(sql('SELECT COUNT(*) FROM postback')[0][0]) - before} postbacks are in the database; ${waiting} auctions were still waiting`);
going = false;
await Promise.all(slow);
