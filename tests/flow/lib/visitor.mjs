// A consumer whose browser runs no scripts: opens a form, sees what the page has, fills it in and presses its buttons.
import assert from 'node:assert/strict';
import { send } from './api.mjs';

const plain = (html) => html.replace(/&(amp|lt|gt|quot|apos);/g, (_, name) => ({ amp: '&', lt: '<', gt: '>', quot: '"', apos: '\'' })[name]);

function attributes(tag) {
	const found = {};

	for (const [, name, , value] of tag.matchAll(/\s([a-z-]+)(="([^"]*)")?/g))
		found[name] = plain(value ?? '');
	return found;
}

// What a browser would send of the page's form, without a button.
function fieldsOf(html) {
	const fields = new Map();

	for (const [tag] of html.matchAll(/<input[^>]*>/g)) {
		const a = attributes(tag);

		if (['radio', 'checkbox'].includes(a.type) ? 'checked' in a : true)
			fields.set(a.name, a.value ?? '');
		else if (!fields.has(a.name))
			fields.set(a.name, undefined);
	}
	for (const [, tag, inside] of html.matchAll(/(<select[^>]*>)([^]*?)<\/select>/g)) {
		const chosen = [...inside.matchAll(/<option[^>]*>/g)].map(([o]) => attributes(o));

		fields.set(attributes(tag).name, (chosen.find((o) => 'selected' in o) ?? chosen[0]).value);
	}
	for (const [, tag, inside] of html.matchAll(/(<textarea[^>]*>)\n?([^]*?)<\/textarea>/g))
		fields.set(attributes(tag).name, plain(inside));
	return fields;
}

export const text = (html) => plain(html.replace(/<(title|style|script)[^]*?<\/\1>/g, '').replace(/<[^>]+>/g, ' ').replace(/\s+/g, ' '));

export class Visitor {
	// from: the address that the browser has; loopback has many.
	constructor(headers = {}, from = undefined) {
		this.from = from;
		this.headers = { Accept: 'text/html,application/xhtml+xml', 'User-Agent': 'Visitor/1.0 (tests)', ...headers };
	}

	take(answer) {
		this.answer = answer;
		this.status = answer.status;
		this.html = answer.text;
		this.fields = fieldsOf(answer.text);
		this.action = /<form method="post" action="([^"]+)"/.exec(answer.text)?.[1];
		return this;
	}

	async open(path) { return this.take(await send('GET', path, { headers: this.headers, from: this.from })); }

	get title() { return text(/<h1>([^]*?)<\/h1>/.exec(this.html)?.[1] ?? ''); }

	// What the page asks for: the names of its inputs.
	get asks() { return [...this.fields.keys()].filter((name) => name.startsWith('lead.')).map((name) => name.slice(5)); }

	// The page's faults: input -> words, as its summary lists them; each stands beside its input too.
	get faults() {
		const list = [...(/<div class="summary"[^]*?<\/div>/.exec(this.html)?.[0] ?? '').matchAll(/<li><a href="#([^"]+)">([^<]*)<\/a>/g)]
			.map(([, id, words]) => [plain(id), plain(words)]);

		for (const [id, words] of list) {
			assert.ok(this.html.includes(`id="${id}"`), `the summary leads to ${id}`);
			assert.ok(plain(this.html).includes(`id="${id}.fault">${words}`), `${id} has its words beside it`);
			assert.ok(this.html.includes(`aria-describedby="${id}.fault"`), `${id} is described by them`);
		}
		return Object.fromEntries(list.map(([id, words]) => [id.replace(/^lead\./, ''), words]));
	}

	get notice() { return text(/<p class="notice"[^>]*>([^]*?)<\/p>/.exec(this.html)?.[1] ?? '').trim(); }

	value(name) { return this.fields.get(`lead.${name}`); }

	// Types into inputs that the page has; `consent`, `website` and `visit` without a prefix.
	fill(values) {
		for (const [name, value] of Object.entries(values)) {
			const full = ['consent', 'website', 'visit'].includes(name) ? name : `lead.${name}`;

			assert.ok(this.fields.has(full), `the page asks for ${full}: ${[...this.fields.keys()]}`);
			this.fields.set(full, value);
		}
		return this;
	}

	body(go) {
		return new URLSearchParams([...this.fields, ['go', go]].filter(([, value]) => value !== undefined)).toString();
	}

	async post(body, headers = {}, path = this.action) {
		return send('POST', path, { headers: { 'Content-Type': 'application/x-www-form-urlencoded', ...this.headers, ...headers }, body, from: this.from });
	}

	async press(go = 'next', headers = {}) { return this.take(await this.post(this.body(go), headers)); }
}
