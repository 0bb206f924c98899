// Newman runs the Postman collection from top to bottom against the demo's configuration, as somebody would who filled in its variables.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { before, describe, test } from 'node:test';
import newman from 'newman';
import { document } from '../browser/lib/demo.mjs';
import { expectStatus, ready, Seller } from '../flow/lib/api.mjs';
import { base, script } from '../flow/lib/buyers.mjs';
import { checkAnswer, contract } from '../flow/lib/contract.mjs';
import { apply, ctl, env, eventually, newKey } from '../flow/lib/system.mjs';
import { say } from '../flow/lib/verdicts.mjs';

const collection = JSON.parse(readFileSync(path.resolve(import.meta.dirname, '../../htdocs/docs/gavel.postman_collection.json'), 'utf8'));
const { example } = contract.paths['/v1/lead'].post.requestBody.content['application/json'];

// What is no success, and why: the sale is accepted and no longer unknown; the return was decided by the request before.
const OTHERS = { post: 201, lead: 201, formSend: 201, click: 302, formBack: 303, saleSettle: 409, returnDeny: 409 };

describe('newman on the Postman collection', () => {
	const operator = new Seller(env.GAVEL_ADMIN_KEY);
	let variables;

	before(async () => {
		script('/pm-hook', { status: 200 });
		await apply({ ...document, sellers: document.sellers.map((s) => ({ ...s, webhook: { url: `${base}/pm-hook`, events: ['lead.sold'] } })),
			buyers: document.buyers.map((b) => ({ ...b, postback: { auth: 'token' } })) });
		const seller = new Seller(newKey('demo-media'));

		await ready(seller);
		// A sale that was returned, and a webhook that was sent.
		const sold = expectStatus(await seller.lead({ ...example, lead: { ...example.lead, email: 'bob.sample@example.com', phone: '212-555-0124' } }), 201);
		const [{ sale_id, buyer }] = sold.sales;
		const secret = ctl(['postback-secret', 'show', buyer.id]).out;

		expectStatus(await say(buyer.id, { sale_id, status: 'returned', reason: 'wrong number' }), 200);
		await eventually(async () => assert.equal(expectStatus(await operator.get('/v1/admin/webhooks?state=delivered&limit=1'), 200).webhooks.length, 1), 20000);
		variables = { base_url: env.GAVEL_HTTP_URL, api_key: seller.key, admin_key: env.GAVEL_ADMIN_KEY, buyer: buyer.id, postback_secret: secret,
			postback_token: ctl(['postback-secret', 'show', buyer.id, '--token']).out, owner: 'seller:demo-media' };
	});

	const run = () => new Promise((resolve, reject) => {
		newman.run({ collection, envVar: Object.entries(variables).map(([key, value]) => ({ key, value })), timeoutRequest: 20000, reporters: [] },
			(e, summary) => (e ? reject(e) : resolve(summary.run)));
	});

	test('every request of it is answered as the contract says, and does what it is there for', async () => {
		const { executions, failures } = await run();
		const operations = new Map(Object.values(contract.paths).flatMap((item) => Object.values(item)).filter((o) => o.operationId).map((o) => [o.summary, o]));
		const statuses = Object.fromEntries(executions.map((e) => [operations.get(e.item.name).operationId, e.response?.code]));
		const wanted = Object.fromEntries([...operations.values()].map(({ operationId }) => [operationId, OTHERS[operationId] ?? 200]));

		assert.deepEqual(failures.map((f) => `${f.source?.name}: ${f.error.message}`), []);
		assert.deepEqual(statuses, wanted);
		for (const { request, response } of executions)
			checkAnswer({ method: request.method, path: request.url.getPath(), headers: request.headers.toObject(), body: request.body?.raw ?? '' },
				{ status: response.code, text: response.stream.toString(), headers: Object.fromEntries(response.headers.all().map((h) => [h.key.toLowerCase(), h.value])) });
	});
});
