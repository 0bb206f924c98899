// node --test-reporter=tap tests/clients/run.mjs [NAME...]
// Runs the tests of this folder (NAME.test.mjs): programs that others use against such a system, here against one behind Apache.
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const names = process.argv.slice(2);
const here = path.dirname(fileURLToPath(import.meta.url));

process.env.FLOW_FRONT = 'apache';
for (const file of readdirSync(here).filter((f) => f.endsWith('.test.mjs')).sort())
	if (names.length === 0 || names.includes(file.replace('.test.mjs', '')))
		await import(path.join(here, file));
