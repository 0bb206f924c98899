#!/usr/bin/env node
// contract: what is made of the published contract (htdocs/docs/openapi.json): the page at /docs/ and the Postman collection. Both are kept
// in the tree, so that a build needs no Node.
//
//	node scripts/contract.mjs            writes both
//	node scripts/contract.mjs --check    ends with 1 when one of them is not what the contract makes
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { page } from './contract.d/page.mjs';
import { collection } from './contract.d/postman.mjs';

const docs = path.resolve(import.meta.dirname, '../htdocs/docs');
const contract = JSON.parse(readFileSync(path.join(docs, 'openapi.json'), 'utf8'));
const made = { 'index.html': page(contract), 'gavel.postman_collection.json': collection(contract) };
const stale = [];

for (const [name, text] of Object.entries(made)) {
	const file = path.join(docs, name);

	if (process.argv[2] !== '--check')
		writeFileSync(file, text);
	else if (readFileSync(file, 'utf8') !== text)
		stale.push(name);
}
if (stale.length > 0) {
	process.stderr.write(`not what the contract makes: ${stale.join(', ')}; run node scripts/contract.mjs\n`);
	process.exit(1);
}
