// A net thread that hangs: seen in the metrics, and its process replaced, while the rest of that process still answers.
import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { anonymous, ready, Seller } from '../flow/lib/api.mjs';
import { bid, script } from '../flow/lib/buyers.mjs';
import * as config from '../flow/lib/config.mjs';
import { apply, eventually, newKey, sleep, workers } from '../flow/lib/system.mjs';
import { arm, disarm } from './lib.mjs';

// Of the pool's slowest net thread, in seconds.
const age = async () => Number(/^gavel_net_heartbeat_age_seconds\{pool="api"\} ([0-9.]+)$/m.exec((await anonymous.get('/metrics')).text)?.[1]);

describe('a net thread that hangs', () => {
	after(disarm);

	test('is seen, and its process is replaced', async () => {
		// What was killed last by another file's tests is still being started.
		const before = await eventually(() => {
			const now = workers();

			assert.equal(now.length, Number(process.env.FLOW_WORKERS));
			return now;
		}, 20000);

		arm('net.turn', 'stall:25000');
		await eventually(async () => assert.ok(await age() > 3), 20000);
		disarm();
		// Request threads go on: it is not for them that the process is killed.
		assert.equal((await anonymous.get('/v1/health')).status, 200);
		await eventually(() => {
			const now = workers();

			assert.equal(now.length, before.length);
			assert.ok(now.every((pid) => !before.includes(pid)), `${before} became ${now}`);
		}, 60000);
		script('/fs-one/ping', bid(10));
		await apply(config.document({ verticals: [config.vertical('fs')], campaigns: [config.campaign('fs', 'fs')], sellers: [config.seller('fs', ['fs'])],
			buyers: [config.simpleBuyer('fs-one', 'fs')] }));
		const seller = new Seller(newKey('fs'));

		await ready(seller);
		await sleep(1000);
		assert.equal((await seller.ping({ campaign: 'fs', lead: config.lead() })).json.status, 'matched');
		assert.ok(await age() < 5);
	});
});
