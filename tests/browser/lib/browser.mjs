// Debian's Chromium, and what every page has to hold to: no error in the console, nothing that the policy stopped, no page that scrolls
// sideways, nothing serious that axe finds.
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import { chromium } from 'playwright-core';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const parent = process.env.GAVEL_TEST_DIR ?? os.tmpdir();

export const phone = { width: 390, height: 844 };
export const wide = { width: 1280, height: 900 };

// The browser's own files go with it, however this process ends.
const home = mkdtempSync(path.join(parent, 'browser-'));
const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', headless: true, env: { ...process.env, HOME: home },
	args: ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
		'--disable-component-update', '--disable-sync'] });

process.once('exit', () => rmSync(home, { recursive: true, force: true }));

export const close = () => browser.close();

// A person with a browser: a page whose every complaint is kept in page.complaints.
export async function open({ scripts = true, viewport = wide, colorScheme = 'light' } = {}) {
	const context = await browser.newContext({ ignoreHTTPSErrors: true, javaScriptEnabled: scripts, viewport, colorScheme, locale: 'en-US' });
	const page = await context.newPage();

	page.setDefaultTimeout(20000);
	page.complaints = [];
	page.on('console', (m) => ['error', 'warning'].includes(m.type()) && page.complaints.push(`${m.type()}: ${m.text()}`));
	page.on('pageerror', (e) => page.complaints.push(`script: ${e.message}`));
	return page;
}

export const shut = (page) => page.context().close();

// A status of 4xx that a test asked for is in the console as well: those lines are expected, everything else is not.
export function checkQuiet(page, { expected = /Failed to load resource: the server responded with a status of 4\d\d/ } = {}) {
	assert.deepEqual(page.complaints.filter((line) => !expected.test(line)), [], 'the console is quiet');
}

// axe runs in a context of its own beside the page's scripts, so it works under any policy; not where scripts are off. Frames are pages of their own.
async function rules(page) {
	const session = await page.context().newCDPSession(page);
	const { frameTree } = await session.send('Page.getFrameTree');
	const { executionContextId } = await session.send('Page.createIsolatedWorld', { frameId: frameTree.frame.id, worldName: 'axe' });
	const run = (expression) => session.send('Runtime.evaluate', { expression, contextId: executionContextId, awaitPromise: true, returnByValue: true });

	await run(axe);
	const { result, exceptionDetails } = await run(`axe.run(document, { resultTypes: ['violations'], iframes: false }).then((r) => r.violations
		.map((v) => ({ id: v.id, impact: v.impact, nodes: v.nodes.map((n) => n.html.slice(0, 200) + ' ' + (n.failureSummary ?? '')) })))`);

	await session.detach();
	assert.equal(exceptionDetails, undefined, JSON.stringify(exceptionDetails));
	return result.value;
}

export async function checkPage(page) {
	const found = (await rules(page)).filter((v) => v.impact !== 'minor');
	const { scroll, client } = await page.evaluate(() => ({ scroll: document.documentElement.scrollWidth, client: document.documentElement.clientWidth }));

	assert.deepEqual(found, [], `axe on ${page.url()}`);
	assert.ok(scroll <= client, `${page.url()} is ${scroll} wide on a screen of ${client}`);
}

// A picture for people to look at, where GAVEL_SHOTS names a folder.
export async function shot(page, name) {
	if (process.env.GAVEL_SHOTS)
		await page.screenshot({ path: path.join(process.env.GAVEL_SHOTS, `${name}.png`), fullPage: true });
}
