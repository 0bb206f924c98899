// The contract as a page: every address with a place of its own, nothing from elsewhere, readable on a phone and without scripts.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { contract } from '../flow/lib/contract.mjs';
import { env } from '../flow/lib/system.mjs';
import { checkPage, checkQuiet, open, phone, shot, shut, wide } from './lib/browser.mjs';

for (const [name, options] of [['phone', { viewport: phone }], ['dark', { viewport: wide, colorScheme: 'dark' }]])
	test(`the contract's page (${name})`, async () => {
		const page = await open({ ...options, scripts: true });
		const asked = [];

		page.on('request', (r) => asked.push(new URL(r.url()).pathname));
		await page.goto(`${env.GAVEL_URL}/docs`);
		assert.equal(page.url(), `${env.GAVEL_URL}/docs/`);
		assert.equal(await page.locator('h1').innerText(), 'The HTTP contract');
		assert.equal(await page.evaluate(() => getComputedStyle(document.querySelector('.card')).borderTopStyle), 'solid', 'its sheet is in force');
		assert.deepEqual(asked.filter((at) => !['/docs', '/docs/', '/docs/docs.css', '/favicon.ico'].includes(at)), []);
		const places = await page.locator('section.card').evaluateAll((list) => list.map((s) => [s.id, s.querySelector('h3').innerText]));

		for (const [at, item] of Object.entries(contract.paths))
			for (const [method, operation] of Object.entries(item))
				if (method !== 'parameters')
					assert.deepEqual(places.find(([id]) => id === operation.operationId)?.[1].split(/\s+/), [method.toUpperCase(), at]);
		const broken = await page.evaluate(() => [...document.querySelectorAll('a[href^="#"]')].map((a) => a.getAttribute('href').slice(1))
			.filter((id) => document.getElementById(id) === null));

		assert.deepEqual(broken, [], 'every link within the page leads somewhere');
		await page.keyboard.press('Tab');
		assert.equal(await page.evaluate(() => document.activeElement.textContent), 'Skip to the content');
		await checkPage(page);
		checkQuiet(page);
		await shot(page, `docs-${name}`);
		await shut(page);
	});

test('the contract\'s page has no scripts, and its files are to be had', async () => {
	const page = await open({ scripts: false });

	await page.goto(`${env.GAVEL_URL}/docs/`);
	assert.equal(await page.locator('script').count(), 0);
	for (const [label, type] of [['OpenAPI 3.1', 'application/json'], ['Postman collection', 'application/json']]) {
		const answer = await page.request.get(new URL(await page.getByRole('link', { name: label }).getAttribute('href'), env.GAVEL_URL).href);

		assert.equal(answer.status(), 200, label);
		assert.match(answer.headers()['content-type'], new RegExp(`^${type}`), label);
		assert.equal(typeof (await answer.json()).info, 'object');
	}
	await shut(page);
});
