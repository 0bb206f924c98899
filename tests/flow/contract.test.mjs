// The published contract: served as it is written, and able to find an answer that it does not name.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';
import { anonymous, expectStatus, send } from './lib/api.mjs';
import { checkAnswer, checkEvent, contract } from './lib/contract.mjs';

const written = readFileSync(path.resolve(import.meta.dirname, '../../htdocs/docs/openapi.json'), 'utf8');
const id = (prefix) => `${prefix}_${'0'.repeat(26)}`;
const json = { 'content-type': 'application/json', 'x-request-id': 'r-1' };
const problem = { ...json, 'content-type': 'application/problem+json' };
const lead = { lead_id: id('led'), ping_id: id('png'), status: 'sold', payout: '10.00', currency: 'USD', reasons: [], request_id: 'r-1',
	sales: [{ sale_id: id('sal'), bid_id: id('bid'), buyer: null, price: '10.00', sale: 'exclusive', status: 'accepted', redirect_url: null }] };
const taken = { method: 'POST', path: '/v1/lead', headers: { 'Content-Type': 'application/json' },
	body: JSON.stringify({ campaign: 'c', lead: { zip: '90210', drivers: [] }, min_price: null }) };
const answer = (status, headers, document) => ({ status, headers, text: typeof document === 'string' ? document : JSON.stringify(document) });
const fault = { type: 'about:blank', title: 'T', status: 404, detail: 'd', code: 'not_found', request_id: 'r-1' };

describe('the contract', () => {
	test('is served as it is written, and once is enough', async () => {
		const first = await anonymous.get('/v1/openapi.json');

		expectStatus(first, 200);
		assert.equal(first.text, written);
		assert.equal(first.headers['content-type'], 'application/json');
		assert.equal(first.headers['cache-control'], 'public, max-age=300');
		assert.equal(first.headers['access-control-allow-origin'], '*');
		assert.match(first.headers.etag, /^"[0-9a-f]{32}"$/);
		for (const known of [first.headers.etag, `W/${first.headers.etag}`, `"other", ${first.headers.etag}`, '*']) {
			const again = await send('GET', '/v1/openapi.json', { headers: { 'If-None-Match': known } });

			assert.deepEqual([again.status, again.text, again.headers.etag], [304, '', first.headers.etag], known);
		}
		for (const unknown of ['"other"', first.headers.etag.slice(1, -1), ''])
			assert.equal((await send('GET', '/v1/openapi.json', { headers: { 'If-None-Match': unknown } })).text, written, unknown);
		const head = await send('HEAD', '/v1/openapi.json');

		assert.deepEqual([head.status, head.text, head.headers.etag], [200, '', first.headers.etag]);
	});

	test('is of the version that serves it', async () => {
		assert.equal(contract.info.version, expectStatus(await anonymous.get('/v1/health'), 200).version);
	});

	for (const [what, request, given] of [
		['a lead', taken, answer(201, json, lead)],
		['a lead with its events', { ...taken, method: 'GET', path: `/v1/leads/${id('led')}` }, answer(200, json, { ...lead, events: [{ at: '2026-11-23T12:00:00.000Z', event: 'received' }] })],
		['a problem', taken, answer(403, problem, { ...fault, status: 403 })],
		['what the web server refuses', taken, answer(502, problem, { ...fault, status: 502, request_id: undefined })],
		['an address that nobody has', { method: 'GET', path: '/v1/nothing', headers: {}, body: '' }, answer(404, problem, fault)],
		['a page', { method: 'GET', path: '/admin', headers: {}, body: '' }, answer(200, { 'content-type': 'text/html' }, '<p>')] ])
		test(`takes ${what}`, () => checkAnswer(request, given));

	for (const [what, request, given, complaint] of [
		['an operation that it does not have', { ...taken, path: '/v1/leed' }, answer(201, json, lead), /no such operation/],
		['a method that it does not have', { ...taken, method: 'PUT' }, answer(201, json, lead), /no such operation/],
		['a status that it does not have', taken, answer(200, json, lead), /no such status/],
		['a refusal of a status that it does not have', taken, answer(410, problem, { ...fault, status: 410 }), /no such status/],
		['another media type', taken, answer(201, { ...json, 'content-type': 'text/html' }, lead), /text\/html is none of/],
		['text that is no JSON', taken, answer(201, json, '{'), /no JSON/],
		['a member too many', taken, answer(201, json, { ...lead, more: 1 }), /additional.*"more"/],
		['a member too many further in', taken, answer(201, json, { ...lead, sales: [{ ...lead.sales[0], cost: '12.00' }] }), /additional.*"cost"/],
		['a missing member', taken, answer(201, json, { ...lead, payout: undefined }), /payout/],
		['a missing member further in', taken, answer(201, json, { ...lead, sales: [{ ...lead.sales[0], buyer: undefined }] }), /buyer/],
		['money as a number', taken, answer(201, json, { ...lead, payout: 10 }), /payout must be string/],
		['money with three zeros', taken, answer(201, json, { ...lead, payout: '10.000' }), /payout must match/],
		['another id', taken, answer(201, json, { ...lead, lead_id: id('png') }), /lead_id must match/],
		['a code that it does not list', taken, answer(201, json, { ...lead, reasons: [{ code: 'bored', count: 1 }] }), /must be equal to one of/],
		['a state that it does not list', taken, answer(201, json, { ...lead, status: 'sold_out' }), /status must be equal to one of/],
		['an answer without X-Request-Id', taken, answer(201, { 'content-type': 'application/json' }, lead), /no X-Request-Id/],
		['429 without Retry-After', taken, answer(429, problem, { ...fault, status: 429 }), /no Retry-After/],
		['a problem without a code', taken, answer(403, problem, { ...fault, code: undefined }), /code/],
		['a problem of the web server without a title', taken, answer(502, problem, { ...fault, title: undefined, request_id: undefined }), /title/],
		['a fault without a pointer', taken, answer(422, problem, { ...fault, status: 422, errors: [{ code: 'x', detail: 'd' }] }), /pointer/],
		['a request that it forbids and the program takes', { ...taken, body: JSON.stringify({ campaign: 'c', lead: {}, colour: 'red' }) }, answer(201, json, lead), /forbids.*colour/],
		['a parameter that it does not have and the program takes', { ...taken, path: '/v1/lead?fast=1' }, answer(201, json, lead), /\?fast/],
		['a way on without a place', { method: 'GET', path: '/c/search', headers: {}, body: '' }, answer(302, json, ''), /no Location/] ])
		test(`finds ${what}`, () => assert.throws(() => checkAnswer(request, given), complaint));

	test('finds a webhook of another shape', () => {
		const { lead_id, ping_id, status, payout, currency, reasons } = lead;
		const sold = { type: 'lead.sold', timestamp: '2026-11-23T12:00:00.000Z', data: { lead_id, ping_id, campaign: 'c', test: false, status, payout, currency, sales: [], reasons } };

		checkEvent(sold);
		checkEvent({ ...sold, type: 'cap.near', data: { subject: 'buyer:acme' } });
		assert.throws(() => checkEvent({ ...sold, data: { ...sold.data, phone: '212-555-0123' } }), /phone/);
		assert.throws(() => checkEvent({ ...sold, data: { ...sold.data, sales: lead.sales } }), /redirect_url/);
		assert.throws(() => checkEvent({ ...sold, type: 'sale.accepted' }), /sale_id/);
		assert.throws(() => checkEvent({ ...sold, type: 'cap.near', timestamp: 'now' }), /timestamp/);
	});

	test('/docs leads to the page, which may load its own sheet and nothing else', async () => {
		const answered = await send('GET', '/docs');
		const page = await send('GET', '/docs/');

		assert.deepEqual([answered.status, answered.headers.location], [302, '/docs/']);
		assert.deepEqual([page.status, page.headers['content-type'], page.headers['x-content-type-options']], [200, 'text/html; charset=utf-8', 'nosniff']);
		assert.match(page.headers['content-security-policy'], /^default-src 'none'; style-src 'self';/);
		assert.match(page.headers['cache-control'], /max-age=3600/);
		assert.deepEqual(page.names.filter((name, i) => page.names.indexOf(name) !== i), []);
		assert.match(page.text, /<title>The HTTP contract/);
	});

	for (const [file, type] of [['docs.css', 'text/css; charset=utf-8'], ['openapi.json', 'application/json'], ['gavel.postman_collection.json', 'application/json']])
		test(`/docs/${file} is a file`, async () => {
			const answered = await send('GET', `/docs/${file}`);

			assert.equal(answered.status, 200);
			assert.match(answered.headers['content-type'], new RegExp(`^${type}`));
			assert.equal(answered.text, readFileSync(path.resolve(import.meta.dirname, `../../htdocs/docs/${file}`), 'utf8'));
		});
});
