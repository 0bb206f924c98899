// Forms as a consumer without scripts meets them: what they ask, what they refuse and in which words, and that each visit makes one lead at
// the most, with the consent that was given.
import assert from 'node:assert/strict';
import { createHmac, hkdfSync } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { before, describe, test } from 'node:test';
import { checkProblem, send } from './lib/api.mjs';
import { callsTo } from './lib/buyers.mjs';
import { complete, consentText, LEAST_MS, leads, MANY, onLast, person, prepare, sentTo, sha256, site, sold } from './lib/forms.mjs';
import { env, sleep, sql } from './lib/system.mjs';
import { text, Visitor } from './lib/visitor.mjs';

describe('forms', () => {
	before(prepare);

	describe('pages', () => {
		test('a page is for people: labels, hints for keyboards, nothing that a policy would stop', async () => {
			const v = await new Visitor().open('/f/frm');
			const policy = v.answer.headers['content-security-policy'];

			assert.equal(v.status, 200);
			assert.match(policy, /default-src 'none'/);
			assert.match(policy, /frame-ancestors https:\/\/www\.site\.example$/);
			assert.match(policy, /form-action 'self';/);
			assert.doesNotMatch(policy, /unsafe|\*/);
			assert.match(v.answer.headers['cache-control'], /no-store/);
			assert.doesNotMatch(v.html, /<script|\son[a-z]+=|\sstyle=/);
			for (const name of v.asks)
				assert.match(v.html, new RegExp(`<label for="lead\\.${name}"|<label class="choice"><input id="lead\\.${name}"`), `${name} has a label`);
			assert.match(v.html, /id="lead\.zip"[^>]*inputmode="numeric" autocomplete="postal-code" required/);
			assert.match(v.html, /href="\/f\/frm\/theme\.css/);
		});

		test('a form\'s colours come as a sheet of their own', async () => {
			const answer = await send('GET', '/f/frm/theme.css');

			assert.equal(answer.headers['content-type'], 'text/css; charset=utf-8');
			assert.equal(answer.text, ':root { --accent: #0a7; --on-accent: #000; }\n');
			assert.equal((await send('GET', '/f/frm-short/theme.css')).status, 404);
		});

		for (const [file, type] of [['form.css', /^text\/css/], ['form.js', /^(text|application)\/javascript/]])
			test(`${file} is a file that browsers take`, async () => {
				const answer = await send('GET', `/f/assets/${file}`);

				assert.equal(answer.status, 200);
				assert.match(answer.headers['content-type'], type);
				assert.match(answer.headers['cache-control'], /max-age=3600/);
				assert.equal(answer.headers['x-content-type-options'], 'nosniff');
			});

		test('an unknown form is a page that says so; the address of what was sent leads back', async () => {
			const none = await new Visitor().open('/f/nothing');

			assert.equal(none.status, 404);
			assert.match(none.html, /There is no such form/);
			assert.equal((await new Visitor().post('zip=1', {}, '/v1/forms/nothing')).status, 404);
			checkProblem({ ...await send('GET', '/f/nothing'), json: JSON.parse((await send('GET', '/f/nothing')).text), status: 404 }, { server: true });
			const back = await send('GET', '/v1/forms/frm');

			assert.deepEqual([back.status, back.headers.location], [303, '/f/frm']);
		});

		test('what earlier answers settle is not asked', async () => {
			const no = await new Visitor().open('/f/frm');
			const yes = await new Visitor().open('/f/frm');

			await no.fill({ zip: '90210', currently_insured: 'no' }).press();
			await yes.fill({ zip: '90210', currently_insured: 'yes' }).press();
			assert.ok(!no.asks.includes('current_company'), no.asks);
			assert.ok(yes.asks.includes('current_company'), yes.asks);
			await yes.fill({ 'drivers.0.birth_date': '1980-02-03' }).press();
			assert.deepEqual([yes.status, yes.faults], [422, { current_company: 'Enter your current company.' }]);
		});

		test('entries of a list are added and taken away, and keep what was typed', async () => {
			const v = await new Visitor().open('/f/frm');

			await v.fill({ zip: '90210' }).press();
			assert.deepEqual(v.asks.filter((n) => n.startsWith('drivers')), ['drivers.0.gender', 'drivers.0.birth_date']);
			await v.fill({ 'drivers.0.birth_date': '1980-02-03' }).press('add:drivers');
			assert.equal(v.status, 200);
			assert.deepEqual(v.asks.filter((n) => n.startsWith('drivers')),
				['drivers.0.gender', 'drivers.0.birth_date', 'drivers.1.gender', 'drivers.1.birth_date']);
			assert.match(v.html, /Driver 2/);
			assert.deepEqual([...v.html.matchAll(/<[a-z]+ id="([^"]+)"[^>]* autofocus/g)].map(([, id]) => id), ['lead.drivers.1.gender']);
			assert.doesNotMatch(v.html, /value="add:drivers"/, 'the vertical takes two');
			await v.fill({ 'drivers.1.birth_date': '2001-05-06' }).press('back');
			await v.press();
			assert.equal(v.value('drivers.1.birth_date'), '2001-05-06');
			await v.press('remove:drivers.1');
			assert.ok(!v.asks.includes('drivers.1.birth_date'));
			await v.press('add:drivers');
			assert.equal(v.value('drivers.1.birth_date'), '', 'what was taken away is gone');
			await v.fill({ 'drivers.0.gender': 'm', 'drivers.1.gender': 'f', 'drivers.1.birth_date': '' }).press();
			assert.deepEqual(v.faults, { 'drivers.1.birth_date': 'Driver 2: enter the date of birth.' });
			for (const entry of ['drivers.0', 'drivers.9', 'zip', '', '..', 'drivers.-1', 'drivers.1.x'])
				assert.equal((await v.press(`remove:${entry}`)).status, 200);
			for (const list of ['nothing', '', 'drivers', 'zip'])
				assert.equal((await v.press(`add:${list}`)).status, 200);
			assert.equal(v.asks.filter((n) => n.startsWith('drivers')).length, 4);
		});

		test('a link fills in plain answers and never what is personal', async () => {
			const v = await new Visitor().open('/f/frm?zip=60601&home_owner=yes&email=x%40example.com&nothing=1');

			assert.deepEqual([v.value('zip'), v.value('home_owner')], ['60601', 'yes']);
			await v.press();
			await v.fill({ 'drivers.0.birth_date': '1980-02-03' }).press();
			assert.equal(v.value('email'), '');
		});
	});

	describe('faults', () => {
		for (const [name, value, words] of [
			['zip', '', 'Enter your ZIP code.'],
			['zip', '9021', 'ZIP code must have five digits, such as 90210.'],
			['zip', '<b>90210', 'ZIP code must be plain text, without tags in angle brackets.'],
			['home_owner', 'maybe', 'Answer yes or no: Do you own your home?'],
		])
			test(`${name} ${JSON.stringify(value)}: ${words}`, async () => {
				const v = await new Visitor().open('/f/frm');

				await v.fill({ zip: '90210', [name]: value }).press();
				assert.equal(v.status, 422);
				assert.deepEqual(v.faults, { [name]: words });
				assert.match(v.html, /<title>Error: Where you are/);
				assert.equal(v.title, 'Where you are');
			});

		test('values are kept as they were typed, quoted, and each fault has its words', async () => {
			const v = await onLast('frm');
			const typed = { first_name: '"><img src=x onerror=alert(1)>', email: 'ann@', phone: '12 "34"', note: 'x'.repeat(41), site: 'javascript:alert(1)' };

			await v.fill(typed).press();
			assert.equal(v.status, 422);
			for (const [name, value] of Object.entries(typed))
				assert.equal(v.value(name), value);
			assert.doesNotMatch(v.html, /<img|onerror=alert\(1\)>/);
			assert.deepEqual(v.faults, { first_name: 'First name must be plain text, without tags in angle brackets.',
				email: 'Email address must look like name@example.com.', phone: 'Phone number must have ten digits, such as 212 555 0123.',
				note: 'Note must be at most 40 characters long.', site: 'Site must look like https://www.example.com.',
				consent: 'Tick the box to agree, or the form can\'t be sent.' });
		});

		test('without the tick there is no lead, and the text is shown as it is', async () => {
			const had = leads();
			const v = await onLast('frm');

			assert.ok(text(v.html).includes(consentText));
			await v.fill(person()).press();
			assert.deepEqual([v.status, Object.keys(v.faults)], [422, ['consent']]);
			assert.equal(leads(), had);
		});

		test('the trap catches programs, and says to people what it is', async () => {
			const had = leads();
			const v = await onLast('frm');

			assert.match(v.html, /class="trap" aria-hidden="true"/);
			await sleep(LEAST_MS);
			await complete(v, { website: 'https://spam.example' }).press();
			assert.equal(v.status, 422);
			assert.match(v.faults.website, /^Leave the field “Website” empty/);
			assert.doesNotMatch(v.html, /class="trap"/, 'who fell into it sees it');
			assert.equal(leads(), had);
		});

		test('who is faster than anybody can type is asked to look again', async () => {
			const had = leads();
			const v = await onLast('frm');
			const mine = person();

			await v.fill({ ...mine, consent: 'yes' }).press();
			assert.equal(v.status, 422);
			assert.match(v.notice, /^That was faster than anybody can type/);
			assert.equal(v.value('email'), mine.email);
			assert.equal(leads(), had);
			await sleep(LEAST_MS);
			await v.fill({ consent: 'yes' }).press();
			assert.equal(v.status, 303, v.html);
		});

		test('a form that lacks what its leads must have says that the fault is ours', async () => {
			const v = await new Visitor().open('/f/frm-short');

			await sleep(LEAST_MS);
			await v.fill({ zip: '90210', email: 'a@example.com', consent: 'yes' }).press();
			assert.equal(v.status, 500);
			assert.match(v.html, /The fault is ours/);
		});

		test('a closed campaign takes no requests', async () => {
			const v = await new Visitor().open('/f/frm-closed');

			assert.equal(v.status, 403);
			assert.match(v.html, /takes no requests at the moment/);
			v.take(await v.post('lead.zip=90210', {}, '/v1/forms/frm-closed'));
			assert.equal(v.status, 403);
			assert.match(v.html, /takes no requests at the moment/);
		});
	});

	// The page's own signature, made here from its description and not from the product's code.
	const master = Buffer.from(readFileSync(path.join(path.dirname(env.GAVEL_CONF), 'secrets/master.key'), 'utf8').trim(), 'hex');
	const hmac = (key, data) => createHmac('sha256', key).update(data).digest();
	const sign = (form, state) => {
		const pepper = Buffer.from(hkdfSync('sha256', master, Buffer.alloc(32), 'pepper', 32));
		const body = Buffer.from(JSON.stringify(state)).toString('base64');

		return `${hmac(hmac(pepper, 'gavel form state'), `${form}\n${body}`).toString('hex')}.${body}`;
	};
	const stateOf = (v) => JSON.parse(Buffer.from(v.fields.get('visit').split('.')[1], 'base64'));

	describe('what travels in the page', () => {
		const refused = (v) => {
			assert.equal(v.status, 400);
			assert.match(v.html, /Nothing was passed on/);
			assert.match(v.html, /href="\/f\/frm"/, 'the way back');
		};

		test('this test signs as the form does', async () => {
			const v = await onLast('frm');

			assert.equal(sign('frm', stateOf(v)), v.fields.get('visit'));
		});

		test('what was changed, cut, made up or taken from another form is refused', async () => {
			const had = leads();
			const v = await onLast('frm');
			const good = v.fields.get('visit');
			const other = (await onLast('frm-go')).fields.get('visit');

			const tail = good.at(-6) === 'A' ? 'B' : 'A';

			for (const visit of [other, `${good.slice(0, -6)}${tail}${good.slice(-5)}`, good.slice(0, -4), good.slice(0, 70), good.slice(1), `${good[0] === '0' ? '1' : '0'}${good.slice(1)}`, '',
				'.', 'x'.repeat(70), `${'0'.repeat(64)}.${good.split('.')[1]}`, sign('frm-go', stateOf(v)), `${good}=`, good.toUpperCase()]) {
				const w = new Visitor().take(v.answer);

				await complete(w, { visit }).press();
				assert.equal(w.status, 400, visit);
				refused(w);
			}
			assert.equal(leads(), had);
		});

		test('a page that was open for too long is shown again, with what was typed', async () => {
			const had = leads();
			const v = await onLast('frm');
			const old = { ...stateOf(v), shown: stateOf(v).shown - 7300, began: stateOf(v).began - 7300 };

			await complete(v, { visit: sign('frm', old), first_name: 'Late' }).press();
			assert.equal(v.status, 422);
			assert.match(v.notice, /open for more than two hours/);
			assert.equal(v.value('first_name'), 'Late');
			assert.equal(v.fields.get('consent'), undefined, 'to be ticked again');
			assert.equal(leads(), had);
			await v.fill({ consent: 'yes' }).press();
			assert.equal(v.status, 303);
		});

		test('who saw another version of the text agrees again', async () => {
			const had = leads();
			const v = await onLast('frm');

			await complete(v, { visit: sign('frm', { ...stateOf(v), consent: sha256('an older text'), began: stateOf(v).began - 60 }) }).press();
			assert.equal(v.status, 422);
			assert.match(v.notice, /The text of your agreement has changed/);
			assert.equal(leads(), had);
		});

		test('a state that is ours but odd breaks nothing', async () => {
			for (const odd of [{}, { step: 99 }, { step: -1 }, { values: [] }, { counts: { drivers: 99999 } }, { values: { zip: {} } }, { serial: 'x' }]) {
				const v = await onLast('frm');

				v.fields.set('visit', sign('frm', { ...stateOf(v), ...odd }));
				assert.ok([200, 422].includes((await v.press('back')).status), JSON.stringify(odd));
			}
		});

		test('a page sent without it is taken over and shown, not sold', async () => {
			const had = leads();
			const v = new Visitor({ Origin: site });

			v.take(await v.post('lead.zip=90210&lead.first_name=Ann&consent=yes', {}, '/v1/forms/frm'));
			assert.equal(v.status, 200);
			assert.equal(v.title, 'Where to reach you');
			assert.equal(v.value('first_name'), 'Ann');
			assert.equal(leads(), had);
		});

		test('a page with as many inputs as there may be is answered, each wrong', async () => {
			const v = await new Visitor().open('/f/frm-many');
			const values = Object.fromEntries(Array.from({ length: 60 }, (_, i) => Array.from({ length: MANY }, (_, k) => [`things.${i}.f${k}`, 'no number'])).flat());

			v.fill({ visit: sign('frm-many', { ...stateOf(v), values, counts: { things: 60 } }) });
			await v.post(`${v.body('next')}&${Object.keys(values).map((name) => `lead.${name}=wrong`).join('&')}`).then((answer) => v.take(answer));
			assert.equal(v.status, 422);
			assert.ok(v.asks.length > 400, `${v.asks.length} inputs`);
			assert.equal(Object.keys(v.faults).length, 101, 'as many of the lead as are told at once, and the consent');
			assert.equal((await send('GET', `/f/frm-many?${Object.keys(values).slice(0, 400).map((name) => `${name}=1`).join('&')}`, { headers: { Accept: 'text/html' } })).status, 200);
		});

		test('more than fits is refused before it is read', async () => {
			const v = await onLast('frm');

			assert.equal((await v.post(`${v.body('next')}&note=${'x'.repeat(300000)}`)).status, 413);
			assert.equal((await v.post('%')).status, 200, 'a form of one odd name');
			assert.equal((await v.post(Array.from({ length: 1200 }, (_, i) => `a${i}=`).join('&'))).status, 400);
			assert.equal((await v.post('x', { 'Content-Type': 'text/plain' })).status, 415);
		});

		test('what is typed is kept only as far as a field may go', async () => {
			const v = await new Visitor().open('/f/frm');

			await v.fill({ zip: 'é'.repeat(30000) }).press();
			assert.equal(v.status, 422);
			assert.equal(v.value('zip').length, 4001);
		});
	});

	describe('leads', () => {
		test('a lead is sold, with the consent that was given and where the visitor came from', async () => {
			const click = await send('GET', '/c/frm?s1=fb-77&gclid=G-1&utm_campaign=spring', {});
			const landing = new URL(click.headers.location);
			const mine = person();
			const v = await new Visitor({ 'Sec-GPC': '1' }).open(`/f/frm${landing.search}&utm_source=news`);

			await v.fill({ zip: '90210', currently_insured: 'yes' }).press();
			await v.fill({ current_company: 'Old & Co', 'drivers.0.birth_date': '1980-02-03', 'drivers.0.gender': 'f' }).press('add:drivers');
			await v.fill({ 'drivers.1.birth_date': '2001-02-03' }).press();
			const from = Date.now();

			await sold(v, mine);
			assert.deepEqual([v.status, v.answer.headers.location], [303, '/f/frm/thanks'], v.html);
			const [{ json: sent }] = sentTo(mine.email);

			assert.equal(sent.phone, `+1312555${mine.phone.slice(-4)}`);
			assert.deepEqual(sent.drivers, [{ gender: 'f', birth_date: '1980-02-03' }, { birth_date: '2001-02-03' }]);
			assert.equal(sent.company, 'Old & Co');
			assert.deepEqual([sent.text, sent.version, sent.tcpa, sent.gpc], [consentText, sha256(consentText), true, true]);
			assert.deepEqual([sent.ip, sent.agent, sent.url], ['127.0.0.1', 'Visitor/1.0 (tests)', `${env.GAVEL_URL}/f/frm`]);
			assert.ok(Math.abs(Date.parse(sent.given) - from) < 60000, sent.given);
			assert.equal(sent.landing, `${env.GAVEL_URL}/f/frm`);
			assert.ok(sent.seconds >= 3, 'how long the visit was');
			assert.deepEqual([sent.sub1, sent.gclid, sent.campaign, sent.click], ['fb-77', 'G-1', 'spring', landing.searchParams.get('click_id')]);
			const thanks = await new Visitor().open(v.answer.headers.location);

			assert.equal(thanks.status, 200);
			assert.match(text(thanks.html), /Thank you, we have it\./);
		});

		test('a buyer\'s page, and the form\'s own, are where the consumer goes on', async () => {
			const [v, w] = await Promise.all([onLast('frm-go'), onLast('frm-away')]);

			assert.match(w.answer.headers['content-security-policy'], /form-action 'self' https: http:/);
			await Promise.all([sold(v, person()), sold(w, person())]);
			assert.deepEqual([w.status, w.answer.headers.location], [303, 'https://www.site.example/thanks']);
			assert.equal(v.status, 303);
			assert.ok([`https://buyer.example/next?lead=1&x=<y>`, '/f/frm-go/thanks'].includes(v.answer.headers.location), v.answer.headers.location);
		});

		test('nobody bids: the thanks don\'t promise a call', async () => {
			const v = await onLast('frm-none');

			await sold(v, person());
			assert.deepEqual([v.status, v.answer.headers.location], [303, '/f/frm-none/thanks?nobody']);
			assert.match((await new Visitor().open(v.answer.headers.location)).html, /nobody we work with can take it/);
		});

		test('sent twice, at once and later, with other words, it is one lead', async () => {
			const v = await onLast('frm-slow');
			const mine = person();

			await sleep(LEAST_MS);
			v.fill({ ...mine, consent: 'yes' });
			const asked = callsTo('/frm-slow/ping').length;
			const body = v.body('next');
			const answers = await Promise.all([v.post(body), v.post(body), sleep(150).then(() => v.post(body))]);
			const later = await v.post(body);
			const changed = await v.fill({ first_name: 'Changed', consent: 'yes' }).post(v.body('next'));

			for (const a of [...answers, later, changed])
				assert.deepEqual([a.status, a.headers.location], [303, '/f/frm-slow/thanks'], a.text);
			assert.equal(sentTo(mine.email, 'frm-slow').length, 1, 'one buyer got it once');
			assert.equal(callsTo('/frm-slow/ping').length, asked + 1, 'and was asked once');
			assert.equal(Number(sql('SELECT COUNT(*) FROM `lead` l JOIN campaign c ON c.id = l.campaign_id WHERE c.name = \'frm-slow\'')[0][0]), 1);
		});
	});
});
