// The operators' pages without a browser: sign in, ask for a page, send a form, read tables.
import { send } from './api.mjs';
import { env, sleep } from './system.mjs';

export const origin = new URL(env.GAVEL_URL).origin;
export const right = { name: env.GAVEL_ADMIN_USER, password: env.GAVEL_ADMIN_PASSWORD };
export const cookieOf = (answer) => (answer.headers['set-cookie'] ?? [])[0]?.split(';')[0];
export const csrfOf = (page) => /name="csrf" value="([^"]+)"/.exec(page.text)?.[1];

export const get = (path, cookie, headers = {}) => send('GET', path, { base: env.GAVEL_URL, headers: { ...(cookie && { Cookie: cookie }), ...headers } });
export const submit = (path, fields, cookie, headers = { Origin: origin }) => send('POST', path, { base: env.GAVEL_URL,
	headers: { 'Content-Type': 'application/x-www-form-urlencoded', ...(cookie && { Cookie: cookie }), ...headers },
	body: new URLSearchParams(fields).toString() });

// Tries are counted for each address: one that is told to wait, waits.
export async function signIn(fields = right, headers) {
	for (let tries = 0; ; tries++) {
		const answer = await submit('/admin/sign-in', fields, undefined, headers);

		if (answer.status !== 429 || tries >= 20)
			return answer;
		await sleep(1000);
	}
}

const plain = (html) => html.replace(/<[^>]*>/g, '').replaceAll('&amp;', '&').replaceAll('&lt;', '<').replaceAll('&quot;', '"').replaceAll('&#39;', '\'').trim();

// The body rows of the table of that id, as lists of texts; none when the page has no such table.
export function tableOf(page, id) {
	const [, body] = new RegExp(`<table id="${id}"[^>]*>.*?<tbody>(.*?)</tbody>`, 's').exec(page.text) ?? [];

	return [...(body ?? '').matchAll(/<tr>(.*?)<\/tr>/gs)].map(([, row]) => [...row.matchAll(/<t[hd][^>]*>(.*?)<\/t[hd]>/gs)].map(([, cell]) => plain(cell)));
}

// The Overview's tiles: [metric, value].
export const tilesOf = (page) => [...page.text.matchAll(/<b data-metric="([^"]+)">([^<]*)<\/b>/g)].map(([, metric, value]) => [metric, plain(value)]);
