// A seller's trace goes on at the buyers, by W3C Trace Context, and stands in the log.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { before, describe, test } from 'node:test';
import { expectStatus, ready, Seller } from './lib/api.mjs';
import { accepted, bid, callsTo, script } from './lib/buyers.mjs';
import * as config from './lib/config.mjs';
import { apply, eventually, logs, newKey } from './lib/system.mjs';

const trace = '4bf92f3577b34da6a3ce929d0e0e4736';
const parent = '00f067aa0ba902b7';
const own = '00-11111111111111111111111111111111-2222222222222222-01';

describe('traces', () => {
	let seller;

	before(async () => {
		for (const key of ['trace-1', 'trace-2', 'trace-own']) {
			script(`/${key}/ping`, bid(key === 'trace-1' ? 20 : 10));
			script(`/${key}/post`, accepted());
		}
		await apply(config.document({ verticals: [config.vertical('trace')], campaigns: [config.campaign('trace', 'trace')], sellers: [config.seller('trace', ['trace'])],
			buyers: [config.simpleBuyer('trace-1', 'trace'), config.simpleBuyer('trace-2', 'trace'),
				config.simpleBuyer('trace-own', 'trace', { ping: config.pingStep('/trace-own/ping', { headers: { TraceParent: own } }) })] }));
		seller = new Seller(newKey('trace'));
		await ready(seller);
	});

	const ask = async (headers) => expectStatus(await seller.ping({ campaign: 'trace', lead: config.lead() }, headers), 200);
	const seen = (where) => callsTo(where).at(-1).headers.traceparent;

	test('each call to a buyer is of the seller\'s trace, with a parent of its own and the same flags', async () => {
		for (const flags of ['01', '00']) {
			const lead = config.wholeLead();
			const { first_name, email, phone, ...early } = lead;
			const headers = { traceparent: `00-${trace}-${parent}-${flags}` };
			const { ping_id } = expectStatus(await seller.ping({ campaign: 'trace', lead: early }, headers), 200);

			assert.equal(expectStatus(await seller.sell({ ping_id, lead }, headers), 201).status, 'sold');
			const all = ['/trace-1/ping', '/trace-2/ping', '/trace-1/post'].map(seen);

			for (const one of all)
				assert.match(one, new RegExp(`^00-${trace}-(?!0{16})[0-9a-f]{16}-${flags}$`));
			assert.equal(new Set([...all, headers.traceparent]).size, 4, all.join(' '));
		}
		assert.equal(expectStatus(await seller.lead({ campaign: 'trace', lead: config.wholeLead() }, { traceparent: `00-${trace}-${parent}-01` }), 201).status, 'sold');
		assert.ok(seen('/trace-1/post').includes(trace));
	});

	test('a header of that name in the step itself stays as it is', async () => {
		await ask({ traceparent: `00-${trace}-${parent}-01` });
		assert.equal(seen('/trace-own/ping'), own);
		await ask();
		assert.equal(seen('/trace-own/ping'), own);
	});

	test('without a valid one there is none', async () => {
		for (const headers of [{}, { traceparent: 'nonsense' }, { traceparent: `00-${trace}-${'0'.repeat(16)}-01` }, { traceparent: `00-${trace.toUpperCase()}-${parent}-01` }]) {
			await ask(headers);
			assert.equal(seen('/trace-1/ping'), undefined);
		}
	});

	test('the request\'s log line has the trace\'s id', async () => {
		const id = `trace-${process.pid}`;

		await ask({ 'X-Request-Id': id, traceparent: `00-${trace}-${parent}-01` });
		await eventually(() => {
			const lines = readdirSync(logs).filter((f) => f.endsWith('.log')).flatMap((f) => readFileSync(path.join(logs, f), 'utf8').split('\n'));
			const mine = lines.filter((l) => l.startsWith('{') && l.includes(id)).map((l) => JSON.parse(l)).filter((l) => l.id === id);

			assert.deepEqual(mine.map((l) => l.trace), [trace]);
		});
	});
});
