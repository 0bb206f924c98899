// A seller's rate limit.
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { expectProblem, ready, Seller } from './lib/api.mjs';
import { bid, script } from './lib/buyers.mjs';
import * as config from './lib/config.mjs';
import { apply, newKey, sleep } from './lib/system.mjs';

describe('rate limit', () => {
	let limited;
	let free;

	before(async () => {
		script('/rate/ping', bid(10));
		await apply(config.document({ verticals: [config.vertical('rate')], campaigns: [config.campaign('rate', 'rate')],
			sellers: [config.seller('rate', ['rate'], { rate_limit: { per_second: 2, burst: 5 } }), config.seller('rate-free', ['rate'])],
			buyers: [config.simpleBuyer('rate', 'rate')] }));
		limited = new Seller(newKey('rate'));
		free = new Seller(newKey('rate-free'));
		await ready(limited, free);
		await sleep(3000);
	});

	test('a burst passes, what is beyond it is 429 and says when to come again', async () => {
		const answers = [];

		for (let i = 0; i < 12; i++)
			answers.push(await limited.ping({ campaign: 'rate', lead: config.lead() }));
		const refused = answers.filter((a) => a.status === 429);
		const [first] = refused;

		assert.ok(answers.slice(0, 5).every((a) => a.status === 200), answers.map((a) => a.status).join(' '));
		assert.ok(refused.length >= 4, answers.map((a) => a.status).join(' '));
		expectProblem(first, 429, 'rate_limited');
		assert.ok(first.headers.ratelimit && first.headers['ratelimit-policy'], 'RateLimit and RateLimit-Policy');
		assert.ok(Number(first.headers['retry-after']) >= 1);
		await sleep(1000 * Number(first.headers['retry-after']) + 100);
		assert.equal((await limited.ping({ campaign: 'rate', lead: config.lead() })).status, 200);
	});

	test('a seller without a limit has none', async () => {
		const answers = await Promise.all(Array.from({ length: 40 }, () => free.ping({ campaign: 'rate', lead: config.lead() })));

		assert.deepEqual([...new Set(answers.map((a) => a.status))], [200]);
	});
});
