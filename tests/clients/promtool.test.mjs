// Prometheus's own tool reads /metrics, and has nothing to say about it.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { before, describe, test } from 'node:test';
import { expectStatus, ready, Seller, send } from '../flow/lib/api.mjs';
import { accepted, bid, script } from '../flow/lib/buyers.mjs';
import * as config from '../flow/lib/config.mjs';
import { apply, newKey } from '../flow/lib/system.mjs';

const fetched = path.resolve(import.meta.dirname, '../../build/tools/promtool');
const promtool = existsSync(fetched) ? fetched : 'promtool';

function check(text) {
	const run = spawnSync(promtool, ['check', 'metrics'], { input: text, encoding: 'utf8' });

	assert.equal(run.error, undefined, `${promtool}: ${run.error?.message}; scripts/check clients fetches it`);
	return [run.status, run.stdout + run.stderr];
}

describe('promtool', () => {
	before(async () => {
		script('/prom/ping', bid(10));
		script('/prom/post', accepted());
		script('/prom-ill/ping', { status: 500 });
		await apply(config.document({ verticals: [config.vertical('prom')], campaigns: [config.campaign('prom', 'prom')],
			sellers: [config.seller('prom', ['prom'])], buyers: [config.simpleBuyer('prom', 'prom'), config.simpleBuyer('prom-ill', 'prom')] }));
		const seller = new Seller(newKey('prom'));

		await ready(seller);
		expectStatus(await seller.lead({ campaign: 'prom', lead: config.wholeLead() }), 201);
		expectStatus(await seller.ping({ campaign: 'prom', lead: { zip: '1' } }), 422);
	});

	test('finds nothing in /metrics', async () => {
		const { status, text } = await send('GET', '/metrics');

		assert.equal(status, 200);
		assert.match(text, /^gavel_request_duration_seconds_bucket\{/m);
		assert.deepEqual(check(text), [0, '']);
	});

	test('would find it', () => {
		assert.equal(check('# HELP a b\n# TYPE a counter\na 1\n')[0], 3);
		assert.equal(check('a{ 1\n')[0], 1);
	});
});
