// What docs/ tells people to type does what the page says.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { before, describe, test } from 'node:test';
import { expectStatus, ready, Seller } from './lib/api.mjs';
import { accepted, bid, script } from './lib/buyers.mjs';
import * as config from './lib/config.mjs';
import { apply, ctl, env, newKey } from './lib/system.mjs';

const page = (name) => readFileSync(new URL(`../../docs/${name}`, import.meta.url), 'utf8');

// The first block of that kind behind a heading.
function block(name, heading, kind) {
	const [, rest] = page(name).split(`\n## ${heading}\n`);
	const found = new RegExp(`\n\`\`\`${kind}\n(.*?)\n\`\`\`\n`, 's').exec(rest);

	assert.ok(found, `${name} has no ${kind} behind ${heading}`);
	return found[1];
}

describe('pages', () => {
	let sale;

	before(async () => {
		script('/pages/ping', bid(20));
		script('/pages/post', accepted());
		await apply(config.document({ verticals: [config.vertical('pages')], campaigns: [config.campaign('pages', 'pages')],
			sellers: [config.seller('pages', ['pages'])], buyers: [config.simpleBuyer('pages', 'pages')] }));
		const seller = new Seller(newKey('pages'));

		await ready(seller);
		sale = expectStatus(await seller.lead({ campaign: 'pages', lead: config.wholeLead() }), 201).sales[0].sale_id;
	});

	test('configuration.md: the smallest useful document has no fault', () => {
		const [, document] = /\n```json\n(.*?)\n```\n/s.exec(page('configuration.md'));

		assert.match(ctl(['diff', '-', '--prune'], { input: document }).out, /^added +contract +best-auto$/m);
	});

	test('postbacks.md: the shell commands sign a postback that is taken', () => {
		const commands = block('postbacks.md', 'Signing', 'sh').replaceAll(/sal_[0-9A-Z]{26}/g, sale)
			.replace('https://leads.example.com/v1/postback/evergreen', `--cacert ${env.GAVEL_CA} -sS ${env.GAVEL_URL}/v1/postback/pages`);
		const run = spawnSync('sh', ['-c', commands], { encoding: 'utf8', env: { ...process.env, SECRET: ctl(['postback-secret', 'show', 'pages']).out } });

		assert.equal(run.status, 0, run.stderr);
		assert.deepEqual(JSON.parse(run.stdout), { sale_id: sale, status: 'converted', recorded: true });
	});
});
