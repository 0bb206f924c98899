// page: the contract as one page for people: no scripts, nothing from elsewhere, readable on a phone.
import { follow, nameOf, operations, webhooks } from './read.mjs';

const escape = (s) => String(s).replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
// Code, emphasis and paragraphs are all the marks that descriptions have.
const line = (s) => escape(s).replace(/`([^`]+)`/g, '<code>$1</code>').replace(/\*([^*]+)\*/g, '<em>$1</em>');
const prose = (s, kind = '') => (s ?? '').split('\n\n').filter((p) => p !== '').map((p) => `<p${kind && ` class="${kind}"`}>${line(p)}</p>`).join('\n');
const code = (s) => `<code>${escape(s)}</code>`;
const block = (s) => `<pre tabindex="0"><code>${escape(s)}</code></pre>`;
const anchor = (name) => `shape-${name}`;

// `description` beside a reference stands before the one behind it.
const words = (contract, schema) => schema.description ?? (schema.$ref && !isBig(follow(contract, schema)) ? follow(contract, schema).description : undefined) ?? '';
// What gets a place of its own among the shapes; the others are said where they stand.
const isBig = (schema) => schema.properties !== undefined || (schema.enum?.length ?? 0) > 8;

function limits(schema) {
	const said = [];

	if (schema.minimum !== undefined && schema.maximum !== undefined)
		said.push(`${schema.minimum} to ${schema.maximum}`);
	else if (schema.minimum > 0)
		said.push(`at least ${schema.minimum}`);
	if (schema.maxLength !== undefined)
		said.push(`at most ${schema.maxLength} characters`);
	if (schema.maxItems !== undefined)
		said.push(`at most ${schema.maxItems}`);
	if (schema.default !== undefined)
		said.push(`${schema.default} unless said`);
	return said.length > 0 ? `, ${said.join(', ')}` : '';
}

const PLAIN = { string: 'text', integer: 'whole number', number: 'number', boolean: 'true or false', object: 'object' };

function typeOf(contract, schema) {
	const name = nameOf(schema);
	const own = follow(contract, schema);
	const kinds = [own.type ?? []].flat();
	const orNull = kinds.includes('null') ? ' or null' : '';

	if (name !== undefined && isBig(own))
		return `<a href="#${anchor(name)}">${escape(name)}</a>${orNull}`;
	if (own.enum !== undefined)
		return own.enum.map(code).join(' · ');
	if (own.const !== undefined)
		return code(own.const);
	if (own.example !== undefined && kinds.includes('string'))
		return `text such as ${code(own.example)}${orNull}`;
	if (kinds.includes('array'))
		return `list of ${typeOf(contract, own.items)}${limits(own)}${orNull}`;
	if (kinds.length === 0)
		return 'anything';
	return `${kinds.filter((k) => k !== 'null').map((k) => PLAIN[k]).join(' or ')}${limits(own)}${orNull}`;
}

const entry = (name, type, mark, description) => `<dt>${code(name)} <span class="type">${type}</span>${mark ? ` <b>${mark}</b>` : ''}</dt>
<dd>${line(description)}</dd>`;

// Of what is sent to us it says what must be there, of what we send what may not. Where nearly everything may be absent the description says so.
function markOf(schema, name, sent) {
	if (sent)
		return schema.required?.includes(name) ? 'required' : '';
	return (schema.required ?? []).length > 1 && !schema.required.includes(name) ? 'may be absent' : '';
}

// An object's members; those of an object without a name of its own under dotted names.
function members(contract, schema, sent, before = '') {
	return Object.entries(schema.properties ?? {}).flatMap(([name, member]) => {
		const inner = member.items?.properties ? member.items : member;
		const below = inner.properties ? members(contract, inner, sent, `${before}${name}${inner === member ? '' : '[]'}.`) : [];
		const type = inner.properties ? (inner === member ? 'object' : 'list of objects') : typeOf(contract, member);

		return [entry(before + name, type, markOf(schema, name, sent), words(contract, member)), ...below];
	});
}

const list = (entries) => (entries.length > 0 ? `<dl>\n${entries.join('\n')}\n</dl>` : '');

function callers(operation) {
	if (operation.sent)
		return 'Sent to you, signed with your secret.';
	if (!operation.keyed)
		return operation.security.length > 0 ? 'With the buyer\'s signature or token.' : 'Without a key.';
	const scopes = operation['x-scopes'].map(code).join(' or ');

	return `With ${operation['x-operator'] ? 'an operator\'s' : 'a'} key${scopes && ` that has the scope ${scopes}`}.`;
}

function request(contract, operation) {
	const body = follow(contract, operation.requestBody);

	if (body === undefined)
		return '';
	const json = body.content['application/json'];
	const others = Object.keys(body.content).filter((type) => type !== 'application/json');
	const own = follow(contract, json.schema);

	return `<h4>Body</h4>
<p>${typeOf(contract, json.schema)}${others.length > 0 ? `, or ${others.map(code).join(', ')}` : ''}${body.required ? '' : '; may be left out'}</p>
${nameOf(json.schema) === undefined && own.properties ? list(members(contract, own, true)) : ''}
${json.example === undefined ? '' : block(JSON.stringify(json.example, null, 2))}`;
}

function answerOf(contract, status, reference) {
	const response = follow(contract, reference);
	const types = Object.entries(response.content ?? {}).filter(([type]) => type !== 'application/problem+json')
		.map(([type, media]) => (type === 'application/json' && nameOf(media.schema) ? typeOf(contract, media.schema) : code(type)));
	const headers = Object.keys(response.headers ?? {}).filter((name) => name !== 'X-Request-Id').map(code);

	return `<dt><b class="status s${status[0]}">${status}</b> ${types.join(' · ')}</dt>
<dd>${line(response.description)}${headers.length > 0 ? ` <span class="type">${headers.join(' · ')}</span>` : ''}</dd>`;
}

function operationOf(contract, o) {
	const parameters = o.parameters.map((p) => follow(contract, p)).map((p) => entry(p.name,
		`${p.in === 'query' ? '' : `in the ${p.in}, `}${typeOf(contract, p.schema)}`, p.required ? 'required' : '', p.description ?? words(contract, p.schema)));

	return `<section class="card" id="${o.operationId}">
<h3><span class="method ${o.method.toLowerCase()}">${o.method}</span> <code>${escape(o.path)}</code></h3>
<p class="summary">${line(o.summary)}</p>
${prose(o.description)}
<p class="quiet">${callers(o)}</p>
${parameters.length > 0 ? `<h4>Parameters</h4>\n${list(parameters)}` : ''}
${request(contract, o)}
<h4>Answers</h4>
<dl class="answers">
${Object.entries(o.responses).sort(([a], [b]) => (a < b ? -1 : 1)).map(([status, r]) => answerOf(contract, status, r)).join('\n')}
</dl>
</section>`.replace(/\n\n+/g, '\n');
}

// A list of words, each with what it means where the contract says so.
const wordsOf = (schema) => (schema['x-enumDescriptions'] ? list(schema.enum.map((word) => entry(word, '', '', schema['x-enumDescriptions'][word])))
	: `<p class="words">${schema.enum.map(code).join(' ')}</p>`);

const shapeOf = (contract, [name, schema]) => `<section class="card" id="${anchor(name)}">
<h3>${escape(name)}</h3>
${prose(schema.description)}
${schema.enum ? wordsOf(schema) : list(members(contract, schema, schema.additionalProperties === false || name === 'Postback'))}
</section>`.replace(/\n\n+/g, '\n');

const firstPing = (contract) => block(`curl -H "Authorization: Bearer $KEY" -H 'Content-Type: application/json' \\
     -d '${JSON.stringify(contract.paths['/v1/ping'].post.requestBody.content['application/json'].example)}' \\
     https://leads.example.com/v1/ping`);

export function page(contract) {
	const tags = [...operations(contract), webhooks(contract)];
	const shapes = Object.entries(contract.components.schemas).filter(([, schema]) => isBig(schema));

	return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>The HTTP contract · Gavel</title>
<link rel="stylesheet" href="/docs/docs.css">
</head>
<body>
<a class="skip" href="#main">Skip to the content</a>
<header class="top">
<span class="brand">Gavel</span>
<span class="quiet">The HTTP contract, version ${escape(contract.info.version)}</span>
</header>
<main id="main">
<div class="intro">
<h1>The HTTP contract</h1>
${prose(contract.info.description)}
<p>For programs: <a href="/v1/openapi.json">OpenAPI 3.1</a> · <a href="/docs/gavel.postman_collection.json">Postman collection</a></p>
<h2>A first ping</h2>
${firstPing(contract)}
</div>
<div class="frame">
<nav aria-label="Addresses">
${tags.map((tag) => `<h2>${escape(tag.name)}</h2>
<ul>
${tag.operations.map((o) => `<li><a href="#${o.operationId}"><span class="method ${o.method.toLowerCase()}">${o.method}</span> ${escape(o.path)}</a></li>`).join('\n')}
</ul>`).join('\n')}
<h2><a href="#shapes">Shapes</a></h2>
</nav>
<div class="all">
${tags.map((tag) => `<h2 id="tag-${tag.operations[0].operationId}">${escape(tag.name)}</h2>
${prose(tag.description, 'quiet')}
${tag.operations.map((o) => operationOf(contract, o)).join('\n')}`).join('\n')}
<h2 id="shapes">Shapes</h2>
${shapes.map((shape) => shapeOf(contract, shape)).join('\n')}
</div>
</div>
</main>
</body>
</html>
`;
}
