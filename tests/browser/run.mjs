// node --test-reporter=tap tests/browser/run.mjs [NAME...]
// Runs the tests of this folder (NAME.test.mjs) in Debian's Chromium against one system behind Apache. GAVEL_SHOTS names a folder for
// pictures of the pages.
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { after } from 'node:test';

const names = process.argv.slice(2);
const here = path.dirname(fileURLToPath(import.meta.url));

process.env.FLOW_FRONT = 'apache';

const { close } = await import('./lib/browser.mjs');

after(close);
for (const file of readdirSync(here).filter((f) => f.endsWith('.test.mjs')).sort())
	if (names.length === 0 || names.includes(file.replace('.test.mjs', '')))
		await import(path.join(here, file));
