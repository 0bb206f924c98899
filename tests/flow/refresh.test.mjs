// A new configuration is in force in every worker within one second, and no request falls between two.
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { expectStatus, ready, Seller } from './lib/api.mjs';
import { bid, script } from './lib/buyers.mjs';
import * as config from './lib/config.mjs';
import { apply, ctl, newKey, sleep } from './lib/system.mjs';

describe('refresh', () => {
	let acme;

	before(async () => {
		script('/refresh-a/ping', bid(10));
		script('/refresh-b/ping', bid(20));
		await apply(config.document({ verticals: [config.vertical('refresh')], campaigns: [config.campaign('refresh', 'refresh')],
			sellers: [config.seller('refresh', ['refresh'])], buyers: [config.simpleBuyer('refresh-a', 'refresh')] }));
		acme = new Seller(newKey('refresh'));
		await ready(acme);
	});

	const prices = async () => expectStatus(await acme.ping({ campaign: 'refresh', lead: config.lead() }), 200).bids.map((b) => b.price).join(' ');

	test('pings see a new buyer within a second of apply, and all of them from then on', async () => {
		const seen = [];
		let running = true;
		const load = (async () => {
			while (running)
				seen.push({ prices: await prices(), at: Date.now() });
		})();

		await sleep(200);
		ctl(['apply', '-'], { input: JSON.stringify(config.document({ buyers: [config.simpleBuyer('refresh-b', 'refresh')] })) });
		const applied = Date.now();

		await sleep(1500);
		running = false;
		await load;
		assert.deepEqual([...new Set(seen.map((s) => s.prices))].sort(), ['16.00 8.00', '8.00']);
		const stale = seen.filter((s) => s.prices === '8.00').at(-1);

		assert.ok(stale.at - applied < 1150, `a ping was answered with the old configuration ${stale.at - applied} ms after apply`);
	});

	test('a paused contract is asked no more; rolled back, it is asked again', async () => {
		const before = Number(ctl(['versions', '--json']).out.match(/[0-9]+/)?.[0]);
		const off = config.simpleBuyer('refresh-b', 'refresh', { status: 'paused' });

		await apply(config.document({ buyers: [off] }));
		assert.equal(await prices(), '8.00');
		ctl(['rollback', String(before)]);
		await sleep(1100);
		assert.equal(await prices(), '16.00 8.00');
	});
});
