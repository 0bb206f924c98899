// Forms as other sites show them: in a frame, by a script of their own that sends the lead as JSON, and what a site that a form does not
// name gets: nothing.
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { expectProblem, expectStatus, idShape, send } from './lib/api.mjs';
import { accepted, script } from './lib/buyers.mjs';
import * as config from './lib/config.mjs';
import { complete, consentText, LEAST_MS, leads, onLast, person, prepare, sentTo, sha256, site } from './lib/forms.mjs';
import { env, eventually, sleep } from './lib/system.mjs';
import { Visitor } from './lib/visitor.mjs';

describe('forms on other sites', () => {
	before(prepare);

	const json = (key, body, headers = {}, from = undefined) => send('POST', `/v1/forms/${key}`, { from,
		headers: { 'Content-Type': 'application/json', ...headers }, body: JSON.stringify(body) })
		.then((a) => ({ ...a, json: JSON.parse(a.text) }));
	const whole = (more = {}) => ({ lead: config.wholeLead(), consent: { tcpa: true }, ...more });

	test('a script of an allowed site asks what the form asks, and sends it', async () => {
		const described = await send('GET', '/f/frm', { headers: { Accept: 'application/json', Origin: site } });
		const form = JSON.parse(described.text);
		const lead = config.wholeLead();

		assert.equal(described.headers['access-control-allow-origin'], site);
		assert.match(described.headers.vary, /Origin/);
		assert.equal(described.headers['access-control-allow-credentials'], undefined);
		assert.deepEqual(form.consent, { text: consentText, text_sha256: sha256(consentText) });
		assert.deepEqual(form.steps[0].inputs[0], { name: 'zip', label: 'ZIP code', type: 'zip', required: true });
		const early = await json('frm', { lead, consent: { tcpa: true }, visit: form.visit }, { Origin: site });

		assert.deepEqual([early.status, early.json.errors.map((x) => [x.pointer, x.code])], [422, [['#/visit', 'too_fast']]]);
		await sleep(LEAST_MS);
		const body = { lead, consent: { tcpa: true, text_sha256: form.consent.text_sha256, url: 'https://www.site.example/quote' },
			source: { sub1: 'site', utm_campaign: 'json' }, event: { landing_url: 'https://www.site.example/quote?x=1' }, visit: form.visit };
		const answer = await json('frm', body, { Origin: site });

		expectStatus(answer, 201);
		assert.match(answer.json.lead_id, idShape('led'));
		assert.deepEqual([answer.json.status, answer.json.message, answer.json.redirect_url], ['sold', 'Thank you, we have it.', null]);
		assert.equal(answer.headers['access-control-allow-origin'], site);
		const [{ json: sent }] = sentTo(lead.email);

		assert.deepEqual([sent.url, sent.landing, sent.sub1, sent.campaign], ['https://www.site.example/quote', 'https://www.site.example/quote?x=1', 'site', 'json']);
		assert.deepEqual([sent.text, sent.version, sent.ip], [consentText, sha256(consentText), '127.0.0.1']);
		const again = await json('frm', body, { Origin: site });

		assert.deepEqual([again.json.lead_id, again.headers['idempotent-replayed']], [answer.json.lead_id, 'true']);
		assert.equal(sentTo(lead.email).length, 1);
	});

	test('a browser asks first whether it may', async () => {
		const ask = (origin) => send('OPTIONS', '/v1/forms/frm', { headers: { Origin: origin, 'Access-Control-Request-Method': 'POST',
			'Access-Control-Request-Headers': 'content-type' } });
		const may = await ask(site);

		assert.deepEqual([may.status, may.headers['access-control-allow-origin'], may.headers['access-control-allow-methods']], [204, site, 'GET, POST']);
		assert.match(may.headers['access-control-allow-headers'], /Content-Type/);
		for (const origin of ['https://evil.example', `${site}.evil.example`, 'http://www.site.example', 'https://www.site.example:444', 'null', `${site}/`]) {
			const no = await ask(origin);

			assert.equal(no.status, 403, origin);
			assert.equal(no.headers['access-control-allow-origin'], undefined);
		}
	});

	test('another site gets nothing, neither by script nor by form', async () => {
		const had = leads();
		const v = await onLast('frm');

		await sleep(LEAST_MS);
		for (const Origin of ['https://evil.example', 'null', `https://${new URL(env.GAVEL_HTTP_URL).host}.evil.example`]) {
			const a = await json('frm', whole(), { Origin });

			assert.equal(a.status, 403);
			assert.equal(a.json.code, 'foreign_origin');
			assert.equal(a.headers['access-control-allow-origin'], undefined);
			const w = new Visitor({ Origin }).take(v.answer);

			await complete(w).press();
			assert.equal(w.status, 403);
			assert.match(w.html, /not for the site that it was sent from/);
		}
		assert.equal(leads(), had);
	});

	test('every fault of a script\'s lead comes at once, by its pointer', async () => {
		const a = await json('frm', { lead: { zip: '1', email: 'x', nothing: 1 }, consent: { tcpa: false, text: 'Another text.', text_sha256: 'a'.repeat(64) }, website: 'x', more: 1 });

		assert.equal(a.status, 422);
		assert.deepEqual(a.json.errors.map((x) => [x.pointer, x.code]).sort(), [['#/consent/tcpa', 'consent_missing'], ['#/consent/text', 'consent_mismatch'], ['#/consent/text_sha256', 'consent_mismatch'],
			['#/lead/email', 'invalid_field'], ['#/lead/first_name', 'missing_field'], ['#/lead/nothing', 'unknown_member'], ['#/lead/phone', 'missing_field'],
			['#/lead/zip', 'invalid_field'], ['#/more', 'unknown_member'], ['#/website', 'invalid_field']]);
		for (const [body, status] of [['{', 400], ['[]', 400], ['{}', 422]]) {
			const b = await send('POST', '/v1/forms/frm', { headers: { 'Content-Type': 'application/json' }, body });

			assert.equal(b.status, status, b.text);
		}
	});

	test('nobody says from which address another one agreed', async () => {
		const had = leads();
		const body = whole({ event: { ip: '203.0.113.7' } });
		const a = await json('frm', { ...body, consent: { ...body.consent, ip: '203.0.113.7' } }, { 'X-Forwarded-For': '203.0.113.7' });

		assert.deepEqual([a.status, a.json.errors.map((x) => [x.pointer, x.code])], [422, [['#/consent/ip', 'invalid_field'], ['#/event/ip', 'invalid_field']]]);
		assert.match(a.json.errors[1].detail, /POST \/v1\/lead/);
		assert.equal(leads(), had);
		expectStatus(await json('frm', { ...body, event: { ip: '127.0.0.1' } }, { 'X-Forwarded-For': '203.0.113.7' }), 201);
		assert.equal(sentTo(body.lead.email)[0].json.ip, '127.0.0.1');
	});

	test('an Idempotency-Key makes one lead of many', async () => {
		const body = whole();
		const headers = { 'Idempotency-Key': `form-${process.pid}` };
		const first = expectStatus(await json('frm', body, headers), 201);
		const second = expectStatus(await json('frm', body, headers), 201);

		assert.equal(first.lead_id, second.lead_id);
		assert.equal(sentTo(body.lead.email).length, 1);
	});

	test('another request under a key that was used is refused, and told nothing of the first', async () => {
		const headers = { 'Idempotency-Key': `form-other-${process.pid}` };
		const first = expectStatus(await json('frm', whole(), headers), 201);
		const other = whole();
		const refused = await json('frm', other, headers);

		expectProblem(refused, 422, 'idempotency_key');
		assert.ok(!refused.text.includes(first.lead_id));
		assert.equal(sentTo(other.lead.email).length, 0);
	});

	test('embed.js is for the sites that a form names', async () => {
		for (const [headers, status] of [[{}, 200], [{ Origin: site }, 200], [{ Referer: `${site}/page` }, 200], [{ Referer: env.GAVEL_HTTP_URL }, 200],
			[{ Referer: 'https://evil.example/' }, 403], [{ Origin: 'https://evil.example' }, 403], [{ Origin: 'null' }, 403], [{ Referer: 'https://www.site.example.evil.example/' }, 403]]) {
			const a = await send('GET', '/f/embed.js', { headers });

			assert.equal(a.status, status, JSON.stringify(headers));
			if (status === 200)
				assert.match(a.headers['content-type'], /^text\/javascript/);
			assert.equal(a.headers['access-control-allow-origin'], status === 200 ? headers.Origin : undefined);
		}
	});

	test('no page sends anybody to an address that we did not seal', async () => {
		const v = await new Visitor().open('/f/frm/thanks?to=https%3A%2F%2Fevil.example%2F&is=00');

		assert.doesNotMatch(v.html, /evil/);
	});

	// A process of 128 threads works on 60 posts at once; one address has a quarter of them.
	test('one address holds a part of the exchange, the next one is served, and nobody types twice', async () => {
		const office = '127.0.0.7';
		const v = await onLast('frm-long', { from: office });
		const mine = person();

		await sleep(LEAST_MS);
		const running = Array.from({ length: 20 }, () => json('frm-long', whole(), {}, office));
		const refused = await Promise.any(running.map((a) => a.then((x) => (x.status === 429 ? x : Promise.reject(x)))));

		assert.match(expectProblem(refused, 429, 'rate_limited').detail, /from your network are being worked on at this moment/);
		const elsewhere = json('frm-long', whole(), {}, '127.0.0.8');

		await v.fill({ ...mine, consent: 'yes' }).press();
		assert.equal(v.status, 429, v.html);
		assert.match(v.notice, /Please send yours again in a few seconds/);
		assert.match(v.answer.headers['retry-after'], /^[1-9]$/);
		assert.deepEqual([v.value('email'), v.faults], [mine.email, {}]);
		assert.equal((await Promise.all(running)).filter((a) => a.status === 201).length, 15);
		expectStatus(await elsewhere, 201);
		script('/frm-long/post', accepted());
		await v.fill({ consent: 'yes' }).press();
		assert.equal(v.status, 303, v.html);
		assert.equal(sentTo(mine.email, 'frm-long').length, 1);
	});

	test('who sends too much is told to wait', async () => {
		const answers = await Promise.all(Array.from({ length: 60 }, () => json('frm', { lead: config.wholeLead(), consent: { tcpa: true } })));
		const refused = answers.filter((a) => a.status === 429);

		assert.ok(refused.length > 10, `${refused.length} of 60`);
		for (const a of refused) {
			assert.equal(a.json.code, 'rate_limited');
			assert.match(a.headers['retry-after'], /^[1-9][0-9]*$/);
		}
		await eventually(async () => expectStatus(await json('frm', whole()), 201), 10000);
	});
});
