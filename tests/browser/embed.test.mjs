// A form on another site: where the form names the site it stands in the page, grows with its steps and leads the whole page on; on any
// other site nothing of it shows.
import assert from 'node:assert/strict';
import http from 'node:http';
import { after, before, describe, test } from 'node:test';
import { accepted, bid, script } from '../flow/lib/buyers.mjs';
import * as config from '../flow/lib/config.mjs';
import { apply, env, sleep } from '../flow/lib/system.mjs';
import { checkPage, checkQuiet, open, phone, shot, shut, wide } from './lib/browser.mjs';

const LEAST_MS = 3200;

// A site of somebody else: /KEY shows the form KEY, /bare a page that frames it by hand, and everything else a text.
function site(head = '') {
	const server = http.createServer((request, response) => {
		const [, kind, key] = /^\/(embed|frame)\/([a-z-]+)/.exec(request.url) ?? [];
		const inside = kind === 'embed' ? `<script src="${env.GAVEL_HTTP_URL}/f/embed.js" data-form="${key}" data-title="Ask for a quote" async></script>` :
			kind === 'frame' ? `<iframe src="${env.GAVEL_HTTP_URL}/f/${key}" title="A form" width="600" height="600"></iframe>` : 'Welcome at the buyer\'s.';

		if (request.url === '/favicon.ico') {
			response.writeHead(204).end();
			return;
		}
		response.setHeader('Content-Type', 'text/html; charset=utf-8');
		response.end(`<!doctype html><html lang="en"><meta name="viewport" content="width=device-width, initial-scale=1">${head}<title>A site</title>` +
			`<main><h1>A site</h1><p>Some words of its own.</p>${inside}</main></html>`);
	});

	return new Promise((resolve) => { server.listen(0, '127.0.0.1', () => resolve({ server, origin: `http://127.0.0.1:${server.address().port}` })); });
}

describe('embed', () => {
	let ours;
	let foreign;
	let quiet;

	before(async () => {
		[ours, foreign, quiet] = await Promise.all([site(), site(), site('<meta name="referrer" content="no-referrer">')]);
		script('/emb/ping', bid(10));
		script('/emb/post', accepted());
		script('/emb-go/ping', bid(10));
		script('/emb-go/post', accepted({ redirect: `${ours.origin}/bought?x=1` }));
		const form = (key) => ({ key, campaign: key, seller: 'emb', origins: [ours.origin], consent_text: 'Call me, please.', theme: { accent: '#a03' },
			steps: [{ title: 'Where you are', fields: ['zip', 'credit_rating'] }, { title: 'Who you are', fields: ['first_name', 'email', 'phone'] }],
			thanks: { message: 'Thank you, Sir or Madam.' } });

		await apply(config.document({ verticals: [config.vertical('emb')], campaigns: [config.campaign('emb', 'emb'), config.campaign('emb-go', 'emb')],
			sellers: [config.seller('emb', ['emb', 'emb-go'])], buyers: [config.simpleBuyer('emb', 'emb'), config.simpleBuyer('emb-go', 'emb-go')],
			forms: [form('emb'), form('emb-go')] }));
	});
	after(() => [ours, foreign, quiet].forEach(({ server }) => server.close()));

	async function fill(page, key) {
		const frame = page.frameLocator('iframe');

		await page.goto(`${ours.origin}/embed/${key}?utm_source=site&s1=emb-7`);
		await frame.getByLabel('ZIP code').fill('90210');
		await frame.getByRole('radio', { name: 'Good' }).check();
		await frame.getByRole('button', { name: 'Continue' }).click();
		await frame.getByLabel('First name').fill('Ann');
		await frame.getByLabel('Email address').fill(`${key}@example.com`);
		await frame.getByLabel('Phone number').fill('212 555 0161');
		await frame.getByRole('checkbox').check();
		await sleep(LEAST_MS);
		return frame;
	}

	for (const [tag, viewport] of [['wide', wide], ['phone', phone]])
		test(`the form stands in an allowed site's page, as high as it needs: ${tag}`, async () => {
			const page = await open({ viewport });
			const frame = await fill(page, 'emb');
			const box = await page.locator('iframe').boundingBox();
			const needs = await frame.locator('html').evaluate((e) => e.getBoundingClientRect().height);

			assert.ok(Math.abs(box.height - needs) <= 2, `${box.height} high for ${needs}`);
			assert.equal(await page.locator('iframe').getAttribute('title'), 'Ask for a quote');
			await checkPage(page);
			await shot(page, `embed-${tag}`);
			await frame.getByRole('button', { name: 'Send' }).click();
			await frame.getByText('Thank you, Sir or Madam.').waitFor();
			await shot(page, `embed-thanks-${tag}`);
			checkQuiet(page);
			await shut(page);
		});

	test('a buyer\'s page opens in the whole window, not in the frame', async () => {
		const page = await open();
		const frame = await fill(page, 'emb-go');

		await frame.getByRole('button', { name: 'Send' }).click();
		await page.waitForURL(`${ours.origin}/bought?x=1`);
		checkQuiet(page);
		await shut(page);
	});

	test('a page of our own goes on to a buyer\'s page under its policy', async () => {
		const page = await open({ scripts: false });

		await page.goto(`${env.GAVEL_HTTP_URL}/f/emb-go`);
		await page.getByLabel('ZIP code').fill('90210');
		await page.getByRole('button', { name: 'Continue' }).click();
		await page.getByLabel('First name').fill('Ann');
		await page.getByLabel('Email address').fill('redirect@example.com');
		await page.getByLabel('Phone number').fill('212 555 0162');
		await page.getByRole('checkbox').check();
		await sleep(LEAST_MS);
		await page.getByRole('button', { name: 'Send' }).click();
		await page.waitForURL(`${ours.origin}/bought?x=1`);
		checkQuiet(page);
		await shut(page);
	});

	test('on another site the script is refused, and nothing shows', async () => {
		const page = await open();
		const refused = page.waitForEvent('requestfailed', (r) => r.url().endsWith('/f/embed.js'));

		await page.goto(`${foreign.origin}/embed/emb`);
		await refused;
		await sleep(500);
		assert.equal(await page.locator('iframe').count(), 0);
		await shut(page);
	});

	test('a site that hides its name gets a link at the most', async () => {
		const page = await open();

		await page.goto(`${quiet.origin}/embed/emb`);
		await page.getByRole('link', { name: 'Ask for a quote' }).waitFor();
		assert.equal(await page.locator('iframe').count(), 0);
		assert.ok(page.complaints.some((line) => /CORS|not for this site|Failed to fetch/.test(line)), page.complaints.join('\n'));
		await shut(page);
	});

	test('a frame of another site stays empty', async () => {
		const page = await open();

		await page.goto(`${foreign.origin}/frame/emb`);
		await sleep(500);
		assert.ok(page.complaints.some((line) => /frame-ancestors/.test(line)), page.complaints.join('\n'));
		assert.equal(await page.frameLocator('iframe').getByLabel('ZIP code').count(), 0);
		await page.goto(`${ours.origin}/frame/emb`);
		await page.frameLocator('iframe').getByLabel('ZIP code').waitFor();
		await shut(page);
	});

	test('a page of another site can\'t send the form by script', async () => {
		const page = await open();
		const post = (from) => page.goto(`${from}/bare`).then(() => page.evaluate((url) => fetch(url, { method: 'POST', headers: { 'Content-Type': 'application/json' },
			body: '{}' }).then((a) => a.status, () => 'refused'), `${env.GAVEL_HTTP_URL}/v1/forms/emb`));

		assert.equal(await post(foreign.origin), 'refused');
		assert.equal(await post(ours.origin), 422);
		await shut(page);
	});
});
