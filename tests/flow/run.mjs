// node --test-reporter=tap tests/flow/run.mjs apache|lighttpd [NAME...]
// Runs the tests of this folder (NAME.test.mjs) one after the other against one system behind that web server.
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const [front, ...names] = process.argv.slice(2);
const here = path.dirname(fileURLToPath(import.meta.url));

if (front !== 'apache' && front !== 'lighttpd') {
	process.stderr.write('usage: node --test-reporter=tap tests/flow/run.mjs apache|lighttpd [NAME...]\n');
	process.exit(2);
}
process.env.FLOW_FRONT = front;
for (const file of readdirSync(here).filter((f) => f.endsWith('.test.mjs')).sort())
	if (names.length === 0 || names.includes(file.replace('.test.mjs', '')))
		await import(path.join(here, file));
