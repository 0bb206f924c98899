// What is private is sealed in the database and masked in the logs, from the first row on.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { before, describe, test } from 'node:test';
import { expectStatus, ready, Seller } from './lib/api.mjs';
import { accepted, bid, rejected, script } from './lib/buyers.mjs';
import * as config from './lib/config.mjs';
import { apply, logs, newKey, sql } from './lib/system.mjs';

const secrets = { first_name: 'Zebedee', email: 'zebedee.quux@example.com', phone: '2125550187', ssn: '123-45-6789' };
const needles = ['Zebedee', 'zebedee.quux', '2125550187', '123456789', '123-45-6789', '1977-07-07'];

describe('privacy', () => {
	let acme;

	before(async () => {
		script('/privacy-a/ping', bid(10));
		script('/privacy-a/post', rejected());
		script('/privacy-b/ping', bid(9));
		script('/privacy-b/post', accepted({ echo: 'zebedee.quux@example.com' }));
		script('/privacy-c/ping', bid(8));
		await apply(config.document({ verticals: [config.vertical('privacy')], campaigns: [config.campaign('privacy', 'privacy')],
			sellers: [config.seller('privacy', ['privacy'])], buyers: ['a', 'b', 'c'].map((n) => config.simpleBuyer(`privacy-${n}`, 'privacy')) }));
		acme = new Seller(newKey('privacy'));
		await ready(acme);
		expectStatus(await acme.lead({ campaign: 'privacy', lead: { ...config.lead(), ...secrets, drivers: [{ birth_date: '1977-07-07' }] } }), 201);
		await acme.lead({ campaign: 'privacy', lead: { ...config.lead(), ...secrets, email: 'zebedee.quux@', phone: 'x' } });
	});

	test('no table holds any of it in the clear', () => {
		for (const [table] of sql('SHOW TABLES')) {
			const rows = sql(`SELECT * FROM \`${table}\``).flat().filter((cell) => cell !== null).join('\n');

			for (const needle of needles)
				assert.ok(!rows.includes(needle), `the table ${table} holds ${needle}`);
		}
	});

	test('no log holds any of it', () => {
		for (const file of readdirSync(logs)) {
			const text = readFileSync(path.join(logs, file), 'utf8');

			for (const needle of needles)
				assert.ok(!text.includes(needle), `the log ${file} holds ${needle}`);
			assert.ok(!text.includes(acme.key), `the log ${file} holds a key`);
		}
	});
});
