// The published contract (htdocs/docs/openapi.json), and whether an answer is one that it names: its operation, its status, its media type,
// its headers, and every member of its body. A client is told to ignore members that it doesn't know; here each has to be known.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';

const file = path.resolve(import.meta.dirname, '../../../htdocs/docs/openapi.json');

export const contract = JSON.parse(readFileSync(file, 'utf8'));

const { default: Ajv } = await import('ajv/dist/2020.js').catch((e) => {
	throw new Error(`the tests' packages are missing: (cd tests && npm ci --ignore-scripts)\n${e.message}`);
});

// A copy in which no object of an answer has room for more than it names. What a request may hold is closed where it is written.
function closed(node) {
	if (Array.isArray(node))
		return node.map(closed);
	if (node === null || typeof node !== 'object')
		return node;
	const copy = Object.fromEntries(Object.entries(node).map(([name, value]) => [name, closed(value)]));

	return copy.properties !== undefined && copy.additionalProperties === undefined && typeof copy.properties === 'object'
		? { ...copy, additionalProperties: false } : copy;
}

const ajv = new Ajv({ strict: false, allErrors: true, validateFormats: false });

ajv.addSchema(closed(contract), 'answers');
ajv.addSchema(contract, 'requests');

const follow = (node) => (node?.$ref === undefined ? node : follow(node.$ref.slice(2).split('/').reduce((at, name) => at[name], contract)));
const pointer = (...names) => names.map((name) => `/${encodeURIComponent(name.replaceAll('~', '~0').replaceAll('/', '~1'))}`).join('');
const checks = new Map();

// The check of a schema that stands below a node which may be a reference.
function checkOf(root, node, at, ...names) {
	const below = (node?.$ref ?? at) + pointer(...names);

	if (!checks.has(root + below))
		checks.set(root + below, ajv.compile({ $ref: `${root}${below.startsWith('#') ? '' : '#'}${below}` }));
	return checks.get(root + below);
}

// Templates with fewer parameters first: /f/embed.js is no form.
const paths = Object.keys(contract.paths).sort((a, b) => a.split('{').length - b.split('{').length).map((template) => ({ template,
	shape: new RegExp(`^${template.replace(/[.]/g, '\\.').replace(/\{[^}]+\}/g, '[^/]+')}$`) }));

const ours = (at) => /^\/(v1|c|f|metrics)(\/|$)/.test(at) && !at.startsWith('/f/assets/');

// Every schema that an answer may be held to, compiled before anything is timed.
for (const [template, item] of Object.entries(contract.paths))
	for (const [method, operation] of Object.entries(item))
		for (const [status, response] of Object.entries(operation.responses ?? {}))
			for (const type of Object.keys(follow(response).content ?? {}))
				checkOf('answers', response, pointer('paths', template, method, 'responses', status), 'content', type, 'schema');

// null is as good as absent, in a request.
const withoutNulls = (v) => (Array.isArray(v) ? v.map(withoutNulls) : v === null || typeof v !== 'object' ? v
	: Object.fromEntries(Object.entries(v).filter(([, x]) => x !== null).map(([name, x]) => [name, withoutNulls(x)])));

const said = (check) => check.errors.map((e) => `${e.instancePath || 'it'} ${e.message} ${JSON.stringify(e.params)}`).join('; ');
const mediaOf = (headers) => (headers['content-type'] ?? '').split(';')[0];
const problemCheck = checkOf('answers', { $ref: '#/components/schemas/Problem' });

function parse(text, what) {
	try {
		return JSON.parse(text);
	} catch (e) {
		return assert.fail(`${what}: no JSON: ${e.message}: ${text.slice(0, 300)}`);
	}
}

function checkHeaders(what, at, reference, headers) {
	for (const [name, header] of Object.entries(follow(reference).headers ?? {})) {
		const value = headers[name.toLowerCase()];
		const check = checkOf('answers', header, (reference.$ref ?? at) + pointer('headers', name), 'schema');

		assert.ok(value !== undefined || !follow(header).required, `${what}: no ${name}`);
		assert.ok(value === undefined || check(value), `${what}: ${name} is ${value}`);
	}
}

function checkBody(what, at, reference, answer) {
	const type = mediaOf(answer.headers);
	const types = Object.keys(follow(reference).content ?? {});

	if (types.length === 0) {
		assert.equal(answer.text, '', `${what}: nothing is promised, but something came`);
		return;
	}
	assert.ok(types.includes(type), `${what}: ${type} is none of ${types}`);
	if (/json$/.test(type)) {
		const check = checkOf('answers', reference, at, 'content', type, 'schema');
		const document = parse(answer.text, what);

		assert.ok(check(document), `${what}: ${!check(document) && said(check)}: ${answer.text.slice(0, 1000)}`);
	}
}

// What was taken must be what the contract says may be sent.
function checkRequest(what, operation, at, request) {
	const known = (operation.parameters ?? []).map(follow).filter((p) => p.in === 'query').map((p) => p.name);

	// Without a key all kinds of people add words of their own to an address.
	for (const name of operation.security === undefined ? new URLSearchParams(request.path.split('?')[1]).keys() : [])
		assert.ok(known.includes(name), `${what}: was taken with ?${name}, which the contract does not have`);
	const type = mediaOf(Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name.toLowerCase(), value])));
	const body = follow(operation.requestBody);

	if (!body || type !== 'application/json' || request.body.length === 0)
		return;
	const check = checkOf('requests', operation.requestBody, `${at}/requestBody`, 'content', type, 'schema');
	const document = withoutNulls(parse(request.body.toString(), what));

	assert.ok(check(document), `${what}: was taken, but the contract forbids it: ${!check(document) && said(check)}`);
}

// request: { method, path, headers, body }; answer: { status, headers (lower case), text }. Throws when the contract knows no such answer.
export function checkAnswer(request, answer) {
	const at = request.path.split('?')[0];
	const what = `${request.method} ${at} ${answer.status}`;
	const path = paths.find((p) => p.shape.test(at))?.template;
	const method = request.method === 'HEAD' ? 'get' : request.method.toLowerCase();
	const operation = contract.paths[path]?.[method];
	const isProblem = mediaOf(answer.headers) === 'application/problem+json' && request.method !== 'HEAD';

	// The web server may refuse anything by itself, with a document that knows no request.
	if (isProblem && (operation === undefined || parse(answer.text, what).request_id === undefined)) {
		const document = parse(answer.text, what);

		assert.ok(problemCheck(document), `${what}: ${!problemCheck(document) && said(problemCheck)}: ${answer.text}`);
		return;
	}
	if (operation === undefined) {
		assert.ok(!ours(at) || answer.status >= 400 || method === 'options', `${what}: the contract has no such operation`);
		return;
	}
	const status = [String(answer.status), `${Math.floor(answer.status / 100)}XX`].find((s) => operation.responses[s] !== undefined);

	assert.ok(status !== undefined, `${what}: the contract has no such status: ${answer.text.slice(0, 300)}`);
	const here = pointer('paths', path, method);
	const reference = operation.responses[status];

	checkHeaders(what, here + pointer('responses', status), reference, answer.headers);
	if (request.method !== 'HEAD' && answer.status !== 304)
		checkBody(what, here + pointer('responses', status), reference, answer);
	if (answer.status < 400)
		checkRequest(what, operation, here, request);
}

// The body of a webhook, for whomever it is.
export function checkEvent(event) {
	const name = Object.keys(contract.webhooks).find((n) => follow(contract.webhooks[n].post.requestBody.content['application/json'].schema)
		.properties.type.enum?.includes(event.type)) ?? 'alert';
	const check = checkOf('answers', undefined, pointer('webhooks', name, 'post', 'requestBody'), 'content', 'application/json', 'schema');

	assert.ok(check(event), `${event.type}: ${!check(event) && said(check)}: ${JSON.stringify(event)}`);
}
