// The published contract as a file: what a linter of OpenAPI says of it, and what is made of it.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { describe, test } from 'node:test';
import { createConfig, lint } from '@redocly/openapi-core';

const top = path.resolve(import.meta.dirname, '../..');
// A redirect is all that a link has to say, and where nothing can be asked wrongly there is no 4XX.
const rules = { 'operation-2xx-response': 'off', 'operation-4xx-response': 'off' };

describe('the contract as a file', () => {
	test('Redocly\'s recommended rules find nothing', async () => {
		const problems = await lint({ ref: path.join(top, 'htdocs/docs/openapi.json'), config: await createConfig({ extends: ['recommended'], rules }) });

		assert.deepEqual(problems.map((p) => `${p.severity} ${p.ruleId}: ${p.message} ${p.location[0]?.pointer}`), []);
	});

	test('the page and the Postman collection are made of it as it is now', () => {
		const run = spawnSync(process.execPath, [path.join(top, 'scripts/contract.mjs'), '--check'], { encoding: 'utf8' });

		assert.deepEqual([run.status, run.stderr], [0, '']);
	});
});
