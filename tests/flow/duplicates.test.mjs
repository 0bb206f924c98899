// One person, once: by phone, e-mail or their digests, for a campaign and for a contract, also when two copies come at the same moment.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { before, describe, test } from 'node:test';
import { expectStatus, ready, Seller } from './lib/api.mjs';
import { accepted, bid, callsTo, rejected, script } from './lib/buyers.mjs';
import * as config from './lib/config.mjs';
import { apply, eventually, newKey, sql } from './lib/system.mjs';
import { say } from './lib/verdicts.mjs';

const counts = (answer) => Object.fromEntries(answer.reasons.map((r) => [r.code, r.count]));
const window30 = { duplicates: { window_days: 30 } };
const digest = (kind, text) => createHash(kind).update(text).digest('hex');
const sold = (post) => post.sales.map((s) => [s.buyer.id, s.status]);

describe('duplicates', () => {
	let acme;
	let other;
	let sandbox;

	before(async () => {
		const keys = ['du', 'du-phone', 'du-rush', 'du-unsold', 'du-held', 'du-free', 'du-digest', 'du-lost'];
		const blind = config.vertical('du-digest');

		// Sellers that tell no more of the person than a digest.
		for (const name of ['email', 'phone'])
			blind.fields.find((f) => f.name === name).post = 'optional';

		for (const key of [...keys, 'du-own']) {
			script(`/${key}-a/ping`, bid(20));
			script(`/${key}-a/post`, accepted());
			script(`/${key}-b/ping`, bid(10));
			script(`/${key}-b/post`, accepted());
		}
		script('/du-rush-a/post', { ...accepted(), delay: 100 });
		script('/du-own-a/post', { ...accepted(), delay: 100 });
		script('/du-digest-a/post', { ...accepted(), delay: 100 });
		script('/du-unsold-a/post', [rejected('no'), accepted()]);
		script('/du-held-a/post', { stall: true });
		script('/du-lost-a/post', { reset: true });
		await apply(config.document({ verticals: [config.vertical('du'), blind],
			campaigns: [...['du', 'du-rush', 'du-unsold', 'du-held', 'du-lost'].map((key) => config.campaign(key, 'du', { post_timeout_ms: 400 }, window30)),
				config.campaign('du-phone', 'du', {}, { duplicates: { window_days: 30, match: ['phone'] } }),
				config.campaign('du-digest', 'du-digest', {}, window30), config.campaign('du-free', 'du'), config.campaign('du-own', 'du')],
			sellers: [config.seller('du', [...keys, 'du-own']), config.seller('du-other', [...keys, 'du-own'])],
			buyers: [...keys.map((key) => config.simpleBuyer(`${key}-a`, key, key === 'du-lost' ? { unknown: { hold_s: 1, then: 'lost' } } : {})),
				config.simpleBuyer('du-own-a', 'du-own', { duplicates: { window_days: 10 } }), config.simpleBuyer('du-own-b', 'du-own')] }));
		acme = new Seller(newKey('du'));
		other = new Seller(newKey('du-other'));
		sandbox = new Seller(newKey('du', '--sandbox'));
		await ready(acme, other, sandbox);
	});

	const lead = async (campaign, whole = config.wholeLead(), who = acme) => expectStatus(await who.lead({ campaign, lead: whole }), 201);
	const ping = async (campaign, hashes, who = acme) => expectStatus(await who.ping({ campaign, lead: config.lead(), hashes }), 200);

	// A post of a ping that told nothing about the person.
	async function later(campaign, whole, who = acme) {
		const { ping_id } = await ping(campaign, undefined, who);

		return expectStatus(await who.sell({ ping_id, lead: whole }), 201);
	}

	const hashesOf = (whole) => Object.fromEntries(['md5', 'sha1', 'sha256'].flatMap((kind) => [[`phone_${kind}`, digest(kind, `+1${whole.phone}`)],
		[`email_${kind}`, digest(kind, whole.email)]]));

	test('a digest alone is enough to find a duplicate before the ping gives anything away', async () => {
		const whole = config.wholeLead();

		assert.equal((await lead('du', whole)).status, 'sold');
		const asked = callsTo('/du-a/ping').length;

		for (const [name, value] of Object.entries(hashesOf(whole))) {
			const answer = await ping('du', { [name]: value }, other);

			assert.equal(answer.status, 'rejected', name);
			assert.deepEqual(answer.bids, []);
			assert.deepEqual(answer.reasons, [{ code: 'duplicate', count: 1 }], name);
		}
		assert.equal((await ping('du', { phone_sha256: digest('sha256', '+12125550000').toUpperCase() })).status, 'matched', 'somebody else');
		assert.equal(callsTo('/du-a/ping').length, asked + 1);
	});

	test('a whole lead is looked up before anybody is asked, a post before it is sent', async () => {
		const whole = config.wholeLead();
		const next = config.wholeLead();

		assert.equal((await lead('du', whole)).status, 'sold');
		const asked = callsTo('/du-a/ping').length;
		const again = await lead('du', { ...next, phone: `(${whole.phone.slice(0, 3)}) ${whole.phone.slice(3, 6)}-${whole.phone.slice(6)}` }, other);

		assert.equal(again.status, 'rejected');
		assert.deepEqual([again.sales, again.reasons], [[], [{ code: 'duplicate', count: 1 }]]);
		assert.equal(callsTo('/du-a/ping').length, asked, 'nobody was asked');
		const sent = callsTo('/du-a/post').length;
		const posted = await later('du', { ...next, email: whole.email.toUpperCase() }, other);

		assert.equal(posted.status, 'rejected');
		assert.deepEqual(posted.reasons, [{ code: 'duplicate', count: 1 }]);
		assert.equal(callsTo('/du-a/post').length, sent);
		assert.equal((await later('du', next, other)).status, 'sold');
	});

	test('what is not matched by does not count', async () => {
		const whole = config.wholeLead();
		const next = config.wholeLead();

		assert.equal((await lead('du-phone', whole)).status, 'sold');
		assert.equal((await lead('du-phone', { ...next, email: whole.email })).status, 'sold');
		assert.equal((await ping('du-phone', { email_sha256: digest('sha256', whole.email) })).status, 'matched');
		assert.equal((await ping('du-phone', { phone_md5: digest('md5', `+1${whole.phone}`) })).status, 'rejected');
	});

	test('sixteen copies at the same moment are sold once', async () => {
		const whole = config.wholeLead();
		const copies = await Promise.all(Array.from({ length: 16 }, (_, i) => (i % 2 === 0
			? lead('du-rush', { ...whole, note: `copy ${i}`, email: i % 4 === 0 ? whole.email : config.wholeLead().email }, i < 8 ? acme : other)
			: later('du-rush', { ...whole, note: `copy ${i}` }, i < 8 ? acme : other))));

		assert.deepEqual(copies.map((c) => c.status).sort(), [...Array(15).fill('rejected'), 'sold']);
		for (const c of copies.filter((x) => x.status === 'rejected'))
			assert.deepEqual(c.reasons, [{ code: 'duplicate', count: 1 }]);
		assert.equal(callsTo('/du-rush-a/post').length, 1);
	});

	for (const [name, kind, of] of [['phone_md5', 'md5', (w) => `+1${w.phone}`], ['phone_sha1', 'sha1', (w) => `+1${w.phone}`],
		['email_md5', 'md5', (w) => w.email], ['email_sha1', 'sha1', (w) => w.email]])
		test(`copies of which some name the person by ${name} alone are sold once`, async () => {
			const whole = config.wholeLead();
			const { phone, email, ...rest } = whole;
			const hashes = { [name]: digest(kind, of(whole)) };
			const sent = callsTo('/du-digest-a/post').length;
			const pings = await Promise.all(Array.from({ length: 24 }, (_, i) => ping('du-digest', i % 8 === 7 ? undefined : hashes)));
			const copies = await Promise.all(pings.map(async ({ ping_id }, i) =>
				expectStatus(await acme.sell({ ping_id, lead: { ...(i % 8 === 7 ? whole : rest), note: `copy ${i}` } }), 201)));

			assert.deepEqual(copies.map((c) => c.status).sort(), [...Array(23).fill('rejected'), 'sold']);
			assert.equal(callsTo('/du-digest-a/post').length, sent + 1);
		});

	test('a lead that nobody took is no duplicate; one that may have been taken is', async () => {
		const whole = config.wholeLead();
		const held = config.wholeLead();

		assert.equal((await lead('du-unsold', whole)).status, 'unsold');
		assert.equal((await lead('du-unsold', whole)).status, 'sold');
		assert.equal((await lead('du-unsold', whole)).status, 'rejected');
		assert.equal((await lead('du-held', held)).status, 'pending');
		assert.equal((await lead('du-held', held)).status, 'rejected');
	});

	test('one that was given up as lost is a duplicate: its buyer may have it, until it says otherwise', { timeout: 60000 }, async () => {
		const whole = config.wholeLead();
		const first = await lead('du-lost', whole);

		await eventually(async () => assert.equal(expectStatus(await acme.get(`/v1/leads/${first.lead_id}`), 200).status, 'unsold'), 25000);
		assert.equal((await lead('du-lost', whole)).status, 'rejected');
		expectStatus(await say('du-lost-a', { lead_id: first.lead_id, status: 'rejected' }), 200);
		assert.equal((await lead('du-lost', whole)).status, 'pending', 'lost again');
	});

	test('another campaign and the sandbox have their own; behind the window it is a new lead', async () => {
		const whole = config.wholeLead();
		const first = await lead('du', whole);

		assert.equal((await lead('du-phone', whole)).status, 'sold');
		assert.equal((await lead('du-free', whole)).status, 'sold');
		assert.equal((await lead('du-free', whole)).status, 'sold', 'without a window nothing is a duplicate');
		assert.equal((await lead('du', whole, sandbox)).status, 'sold');
		assert.equal((await lead('du', whole, sandbox)).status, 'rejected');
		assert.equal((await lead('du', whole)).status, 'rejected');
		sql(`UPDATE \`lead\` SET created_at = created_at - INTERVAL 31 DAY WHERE id = 0x${[...first.lead_id.slice(4)]
			.reduce((n, c) => n * 32n + BigInt('0123456789ABCDEFGHJKMNPQRSTVWXYZ'.indexOf(c)), 0n).toString(16).padStart(32, '0')}`);
		assert.equal((await lead('du', whole)).status, 'sold');
	});

	test('a contract that had this person is not asked, or not sold to; others are', async () => {
		const whole = config.wholeLead();

		assert.deepEqual(sold(await lead('du-own', whole)), [['du-own-a', 'accepted']]);
		const asked = callsTo('/du-own-a/ping').length;
		const known = await ping('du-own', { phone_sha1: digest('sha1', `+1${whole.phone}`) });

		assert.deepEqual(known.bids.map((b) => b.buyer.id), ['du-own-b']);
		assert.deepEqual(counts(known), { buyer_duplicate: 1 });
		assert.equal(callsTo('/du-own-a/ping').length, asked);
		const post = await later('du-own', whole);

		assert.deepEqual(sold(post), [['du-own-b', 'accepted']]);
		assert.equal(counts(post).buyer_duplicate, 1);
		assert.deepEqual(sold(await lead('du-own', whole)), [['du-own-b', 'accepted']]);
	});

	test('eight copies at the same moment reach such a contract once', async () => {
		const whole = config.wholeLead();
		const sent = callsTo('/du-own-a/post').length;
		const copies = await Promise.all(Array.from({ length: 8 }, (_, i) => later('du-own', { ...whole, note: `copy ${i}` })));

		assert.deepEqual(copies.map((c) => sold(c).map(([buyer]) => buyer).join()).sort(), ['du-own-a', ...Array(7).fill('du-own-b')]);
		assert.equal(callsTo('/du-own-a/post').length, sent + 1);
	});
});
