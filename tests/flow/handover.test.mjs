// Buyers without an API: a letter or a line of a file is the delivery.
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { expectStatus, ready, Seller } from './lib/api.mjs';
import * as config from './lib/config.mjs';
import { dropped, lettersTo, mailScript } from './lib/mailbox.mjs';
import { apply, ctl, newKey } from './lib/system.mjs';

const fixed = (amount) => ({ type: 'fixed', amount });
const address = (key) => `${key}@buyer.example.com`;

// KEY-1 gets a letter for 20, KEY-2 a line in KEY-2.csv for 10.
const byMail = (key) => config.simpleBuyer(`${key}-1`, key, { price: fixed('20.00'), ping: undefined, post: { email: { to: [address(key)],
	subject: 'Lead {{lead_id}}', body: 'Name: {{lead.first_name}}\nPhone: {{lead.phone | phone:"###-###-####"}}\n' } } });
const byFile = (key) => config.simpleBuyer(`${key}-2`, key, { price: fixed('10.00'), ping: undefined, post: { csv: { file: '{{contract}}.csv',
	columns: { Zip: '{{lead.zip}}', Name: '{{lead.first_name}}', Sale: '{{sale_id}}' } } } });

const keys = ['hand-ok', 'hand-rcpt', 'hand-later', 'hand-drop'];

describe('hand-over', () => {
	let acme;

	before(async () => {
		mailScript(address('hand-rcpt'), { rcpt: '550 nobody here' });
		mailScript(address('hand-later'), { end: '451 later' });
		mailScript(address('hand-drop'), { drop: true });
		await apply(config.document({ verticals: [config.vertical('hand')], campaigns: keys.map((k) => config.campaign(k, 'hand')),
			sellers: [config.seller('hand', keys)], buyers: keys.flatMap((k) => [byMail(k), byFile(k)]) }));
		acme = new Seller(newKey('hand'));
		await ready(acme);
	});

	async function sell(campaign, more = {}) {
		const lead = config.wholeLead(more);
		const { first_name, email, phone, ...early } = lead;
		const ping = expectStatus(await acme.ping({ campaign, lead: early }), 200);

		assert.equal(ping.status, 'matched');
		return acme.sell({ ping_id: ping.ping_id, lead });
	}

	test('a letter that the mail server takes is a sale', async () => {
		const post = expectStatus(await sell('hand-ok'), 201);
		const [letter, ...more] = lettersTo(address('hand-ok'));

		assert.equal(post.status, 'sold');
		assert.equal(post.sales[0].status, 'accepted');
		assert.equal(post.sales[0].buyer.id, 'hand-ok-1');
		assert.equal(more.length, 0);
		assert.match(letter.text, new RegExp(`^Subject: Lead ${post.lead_id}$`, 'm'));
		assert.match(letter.text, new RegExp(`^Message-ID: <${post.sales[0].sale_id}@exchange.example.com>$`, 'm'));
		assert.match(letter.text, /\n\nName: Ann\nPhone: 212-555-\d{4}$/);
	});

	for (const key of ['hand-rcpt', 'hand-later'])
		test(`a refused letter frees the lead for the next buyer (${key})`, async () => {
			const post = expectStatus(await sell(key, { first_name: 'Ann, "A"' }), 201);

			assert.equal(post.status, 'sold');
			assert.equal(post.sales[0].buyer.id, `${key}-2`);
			assert.equal(dropped(`${key}-2.csv`), `Zip,Name,Sale\r\n90210,"Ann, ""A""",${post.sales[0].sale_id}\r\n`);
		});

	test('a letter whose end was not answered is held, and goes to nobody else', async () => {
		const post = expectStatus(await sell('hand-drop'), 201);

		assert.equal(post.status, 'pending');
		assert.equal(post.sales.length, 1);
		assert.equal(post.sales[0].status, 'pending');
		assert.equal(lettersTo(address('hand-drop')).length, 1);
		assert.throws(() => dropped('hand-drop-2.csv'), /ENOENT/);
	});

	test('lines of many posts stand each whole', async () => {
		const before = dropped('hand-rcpt-2.csv').split('\r\n').length;
		const posts = await Promise.all(Array.from({ length: 12 }, () => sell('hand-rcpt')));
		const lines = dropped('hand-rcpt-2.csv').split('\r\n');

		assert.equal(lines.length, before + posts.length);
		for (const post of posts)
			assert.ok(lines.includes(`90210,Ann,${expectStatus(post, 201).sales[0].sale_id}`));
	});

	test('a contract priced by bid is refused a letter; export gives the step of a file as it was written', () => {
		const document = config.document({ buyers: [config.simpleBuyer('hand-bad', 'hand-ok', { post: byMail('hand-ok').contracts[0].post })] });

		assert.match(ctl(['apply', '-'], { input: JSON.stringify(document), status: 1 }).err, /#\/buyers\/0\/contracts\/0\/post\/email: invalid_field/);
		assert.deepEqual(JSON.parse(ctl(['export']).out).buyers.find((b) => b.key === 'hand-ok-2').contracts[0].post,
			byFile('hand-ok').contracts[0].post);
	});
});
