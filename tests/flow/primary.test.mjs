// A database that may not be written to any more: everybody is told at once, and everything goes on when there is a primary again.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { expectProblem, expectStatus, ready, Seller, send } from './lib/api.mjs';
import { bid, script } from './lib/buyers.mjs';
import * as config from './lib/config.mjs';
import { apply, eventually, newKey, sql } from './lib/system.mjs';

describe('primary', () => {
	let seller;

	before(async () => {
		script('/primary/ping', bid(10));
		await apply(config.document({ verticals: [config.vertical('primary')], campaigns: [config.campaign('primary', 'primary')],
			sellers: [config.seller('primary', ['primary'])], buyers: [config.simpleBuyer('primary', 'primary')] }));
		seller = new Seller(newKey('primary'));
		await ready(seller);
	});
	after(() => sql('SET GLOBAL read_only = 0'));

	const ping = () => seller.ping({ campaign: 'primary', lead: config.lead() });
	// What /v1/ready says of the database.
	async function database(status) {
		const answer = await send('GET', '/v1/ready');

		assert.equal(answer.status, status, answer.text);
		return JSON.parse(answer.text).checks.find((c) => c.check === 'database').status;
	}

	test('read-only: not ready, and pings are refused', async () => {
		assert.equal(await database(200), 'pass');
		sql('SET GLOBAL read_only = 1');
		await eventually(async () => assert.equal(await database(503), 'fail'));
		expectProblem(await ping(), 503, 'db_readonly');
	});

	test('a primary again: ready, and pings are answered', async () => {
		sql('SET GLOBAL read_only = 0');
		await eventually(() => database(200), 10000);
		await eventually(async () => assert.equal(expectStatus(await ping(), 200).bids.length, 1), 10000);
	});
});
