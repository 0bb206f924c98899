// The operators' pages as a browser's requests without a browser: who gets in, who is kept out, and that no person's data shows.
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { cookieOf, csrfOf, get, origin, right, signIn, submit, tableOf } from './lib/admin.mjs';
import { expectStatus, ready, Seller } from './lib/api.mjs';
import { accepted, bid, noBid, rejected, script } from './lib/buyers.mjs';
import * as config from './lib/config.mjs';
import { apply, env, eventually, newKey, sql } from './lib/system.mjs';
import { hex } from './lib/verdicts.mjs';

function checkPage(page, status) {
	const policy = page.headers['content-security-policy'] ?? '';

	assert.equal(page.status, status, page.text.slice(0, 400));
	assert.match(page.headers['content-type'], /^text\/html; *charset=utf-8$/i);
	assert.match(policy, /default-src 'none'/);
	assert.match(policy, /frame-ancestors 'none'/);
	assert.match(policy, /base-uri 'none'/);
	assert.match(policy, /form-action 'self'/);
	assert.doesNotMatch(policy, /unsafe|\*|https?:|data:/);
	assert.equal(page.headers['x-content-type-options'], 'nosniff');
	assert.match(page.headers['cache-control'] ?? '', /no-store/);
	assert.doesNotMatch(page.text, /<script(?![^>]*\ssrc=)|\son[a-z]+=|\sstyle=|javascript:/i, 'nothing that the policy would stop');
	return page;
}

describe('admin', () => {
	let lead;
	let post;
	let cookie;
	const codes = { 'adm-1': 'rejected_other', 'adm-2': 'accepted', 'adm-3': 'no_bid', 'adm-4': 'filter_geo' };

	before(async () => {
		lead = config.wholeLead({ last_name: 'Quillfeather', middle_name: 'Éloïse', drivers: [{ gender: 'f', birth_date: '1980-02-03' }], first_name: 'Zebulon', phone: '2125550147', email: 'zebulon.q@example.com' });
		script('/adm-1/ping', bid(30));
		script('/adm-2/ping', bid(20));
		script('/adm-3/ping', noBid());
		// Buyers say back what they were sent.
		script('/adm-1/post', rejected(`cannot call ${lead.first_name} Quillfeather, (212) 555-0147, ZEBULON.Q@example.com, ÉLOÏSE, born 02/03/1980, 3.2.80, 03021980 or 1980/2/3`));
		script('/adm-2/post', accepted({ ref: 'r-2125550147-quillfeather', who: 'Quillfeather', mail: lead.email }));
		await apply(config.document({
			verticals: [config.vertical('adm', ['last_name', 'middle_name'].map((name) => config.field(name, 'text', 'no', 'required', { pii: true, max: 60 })))],
			campaigns: [config.campaign('adm', 'adm')], sellers: [config.seller('adm', ['adm'])],
			buyers: [config.simpleBuyer('adm-1', 'adm'),
				config.simpleBuyer('adm-2', 'adm', { post: { ...config.postStep('/adm-2/post'),
					url: `${config.postStep('/adm-2/post').url}?phone={{lead.phone}}&last={{lead.last_name}}&mail={{lead.email}}` } }),
				config.simpleBuyer('adm-3', 'adm'), config.simpleBuyer('adm-4', 'adm', { filters: [{ field: 'lead.state', op: 'in', value: ['NY'] }] })] }));
		const acme = new Seller(newKey('adm'));

		await ready(acme);
		post = expectStatus(await acme.lead({ campaign: 'adm', lead }), 201);
		assert.equal(post.status, 'sold');
		cookie = cookieOf(await signIn());
		assert.ok(cookie, 'signed in');
	});

	test('a wrong password and a wrong name are refused alike, and plainly', async () => {
		const wrong = checkPage(await signIn({ ...right, password: 'wrong' }), 401);
		const nobody = checkPage(await signIn({ name: 'nobody', password: 'wrong' }), 401);

		assert.match(wrong.text, /The user name or the password is wrong\./);
		assert.equal(nobody.text.replaceAll('nobody', right.name), wrong.text);
		assert.equal(wrong.headers['set-cookie'], undefined);
		assert.doesNotMatch(wrong.text, /value="wrong"/, 'the password is not sent back');
	});

	test('what was typed as a name comes back as text', async () => {
		const page = checkPage(await signIn({ name: '"><script>alert(1)</script>', password: 'wrong' }), 401);

		assert.doesNotMatch(page.text, /<script>alert/);
	});

	test('the session\'s cookie is kept from scripts, other hosts and plain HTTP', async () => {
		const answer = await signIn();
		const [name, ...flags] = answer.headers['set-cookie'][0].split(/; */);

		assert.equal(answer.status, 303);
		assert.match(name, /^__Host-[a-z]+=[0-9a-f]{64}$/);
		for (const flag of ['Path=/', 'Secure', 'HttpOnly', 'SameSite=Lax'])
			assert.ok(flags.includes(flag), `${flag} in ${flags}`);
		assert.ok(!flags.some((f) => /^domain/i.test(f)));
		assert.ok(!sql('SELECT HEX(token_hash) FROM session').flat().includes(name.split('=')[1].toUpperCase()), 'only a hash is kept');
	});

	for (const path of ['/admin/leads', '/admin/leads?status=sold&campaign=adm', '/admin/funds', '/admin/health'])
		test(`${path} leads to sign-in and back`, async () => {
			const away = await get(path);
			const page = checkPage(await get(away.headers.location), 200);
			const next = /name="next" value="([^"]*)"/.exec(page.text)[1].replaceAll('&amp;', '&');
			const back = await signIn({ ...right, next });

			assert.equal(away.status, 303);
			assert.match(away.headers.location, /^\/admin\/sign-in\?next=/);
			assert.deepEqual([next, back.status, back.headers.location], [path, 303, path]);
			checkPage(await get(back.headers.location, cookieOf(back)), 200);
		});

	for (const next of ['https://evil.example.com/', '//evil.example.com/', '/\\evil.example.com', '/admin//evil.example.com', 'javascript:alert(1)',
		'/admin/\r\nSet-Cookie: a=b', '/adminevil', '/admin/../c/x', '/', 'admin', '/admin\t//x'])
		test(`next=${JSON.stringify(next)} leads nowhere else`, async () => {
			const answer = await signIn({ ...right, next });

			assert.deepEqual([answer.status, answer.headers.location], [303, '/admin/overview']);
			assert.equal(answer.headers['set-cookie'].length, 1);
			const page = checkPage(await get(`/admin/sign-in?next=${encodeURIComponent(next)}`), 200);

			assert.doesNotMatch(page.text, /evil|alert/);
		});

	for (const headers of [{ Origin: 'https://evil.example.com' }, { Origin: 'null' }, { Origin: origin, 'Sec-Fetch-Site': 'cross-site' },
		{ 'Sec-Fetch-Site': 'same-site' }, { Origin: `${origin}.evil.example.com` }])
		test(`a form from elsewhere is refused: ${JSON.stringify(headers).replaceAll(origin, 'ours')}`, async () => {
			const csrf = csrfOf(await get('/admin/leads', cookie));

			for (const answer of [await submit('/admin/sign-in', right, undefined, headers), await submit('/admin/sign-out', { csrf }, cookie, headers)]) {
				checkPage(answer, 403);
				assert.match(answer.text, /another site/);
				assert.equal(answer.headers['set-cookie'], undefined);
			}
			checkPage(await get('/admin/leads', cookie), 200);
		});

	test('without the session\'s own token sign-out is refused, and the session goes on', async () => {
		const mine = cookieOf(await signIn());
		const others = csrfOf(await get('/admin/leads', cookie));

		for (const fields of [{}, { csrf: '' }, { csrf: 'f'.repeat(64) }, { csrf: others }]) {
			const page = checkPage(await submit('/admin/sign-out', fields, mine), 403);

			assert.match(page.text, /security token is missing or old/);
			assert.equal(page.headers['set-cookie'], undefined);
		}
		checkPage(await get('/admin/leads', mine), 200);
	});

	test('sign-out ends the session itself, not only the cookie', async () => {
		const mine = cookieOf(await signIn());
		const csrf = csrfOf(await get('/admin/leads', mine));
		const out = await submit('/admin/sign-out', { csrf }, mine);

		assert.deepEqual([out.status, out.headers.location], [303, '/admin/sign-in']);
		assert.match(out.headers['set-cookie'][0], /^__Host-[a-z]+=;.*Max-Age=0/);
		assert.equal((await get('/admin/leads', mine)).status, 303);
		assert.ok((await submit('/admin/sign-out', { csrf }, mine)).status >= 400);
		checkPage(await get('/admin/leads', cookie), 200);
	});

	test('signing in again ends the session that the browser had', async () => {
		const old = cookieOf(await signIn());
		const next = cookieOf(await signIn(right, { Origin: origin, Cookie: old }));

		assert.equal((await get('/admin/leads', old)).status, 303);
		checkPage(await get('/admin/leads', next), 200);
		checkPage(await get('/admin/leads', cookie), 200);
		const mine = cookieOf(await signIn());

		assert.equal((await signIn({ ...right, password: 'wrong' }, { Origin: origin, Cookie: mine })).status, 401);
		checkPage(await get('/admin/leads', mine), 200);
	});

	for (const bad of ['__Host-gavel=', `__Host-gavel=${'0'.repeat(64)}`, `gavel=${'0'.repeat(64)}`, '__Host-gavel', '; ; =', `__Host-gavel=${'a'.repeat(3000)}`])
		test(`the cookie ${bad.slice(0, 30)} is nobody's`, async () => {
			assert.equal((await get('/admin/leads', bad)).status, 303);
		});

	test('the lead\'s story shows every contract with its code', async () => {
		const { text } = checkPage(await get(`/admin/leads/${post.lead_id}`, cookie), 200);
		const rows = [...text.matchAll(/<tr><td>(adm-\d)<\/td><td>[^<]*<\/td><td><code>([a-z_]+)<\/code>/g)]
			.map(([, contract, code]) => [contract, code]);

		assert.deepEqual(Object.fromEntries(rows), codes);
		assert.equal(rows.length, Object.keys(codes).length, 'each once');
		assert.ok(text.includes('/filters/0'), 'an operator sees the rule');
		assert.ok(text.includes(post.sales.find((s) => s.status === 'accepted').sale_id));
		assert.ok(text.includes('20.00 USD') && text.includes('16.00 USD'));
	});

	test('Health tells every pool\'s processes, their queues, the jobs and the version in force', async () => {
		await eventually(async () => {
			const page = checkPage(await get('/admin/health', cookie), 200);
			const workers = tableOf(page, 'workers');
			const [[version]] = sql('SELECT version FROM config_state');
			const pids = workers.map(([, pid]) => Number(pid));

			assert.deepEqual([...new Set(workers.map(([pool]) => pool))].sort(), ['admin', 'api', 'event', 'jobs', 'sandbox']);
			for (const [pool, pid, heartbeat, , , , waiting, connections, config] of workers) {
				assert.doesNotThrow(() => process.kill(Number(pid), 0), `${pool}: there is no process ${pid}`);
				assert.match(heartbeat, /^well \d+ (ms|s) ago$/);
				assert.equal(waiting, '0');
				assert.match(connections, /^\d+ of \d+$/);
				assert.equal(config, version, `${pool} works with the version in force`);
			}
			assert.equal(new Set(pids).size, pids.length);
			assert.deepEqual(tableOf(page, 'versions').find((row) => row.includes('in force'))[0], version);
			const jobs = tableOf(page, 'jobs');

			assert.ok(['rollup', 'recover', 'expire'].every((name) => jobs.some((row) => row[0] === name && /^\d+ (ms|s)$/.test(row[2]))), JSON.stringify(jobs));
			assert.match(page.text, /Reports counted up to<\/dt><dd>20\d\d-/);
		}, 15000);
	});

	test('no page shows whom a lead is about', async () => {
		const pages = [`/admin/leads/${post.lead_id}`, '/admin/leads', '/admin/leads?campaign=adm', '/admin/health', '/admin/overview'];

		for (const path of pages) {
			const page = await get(path, cookie);

			assert.doesNotMatch(page.text, /Quillfeather|Zebulon|zebulon/i, path);
			assert.doesNotMatch(page.text.replace(/[^0-9A-Za-z]/g, ''), /2125550147|5550147/, path);
			assert.doesNotMatch(page.text, /éloïse|1980|3\.2\.80/i, path);
		}
		assert.match((await get(pages[0], cookie)).text, /cannot call •+ •+/, 'the other words stand');
	});

	test('where a lead\'s key is gone, nothing that anybody said of it shows', async () => {
		const [[key]] = sql(`SELECT HEX(lead_key) FROM \`lead\` WHERE id = UNHEX('${hex(post.lead_id)}')`);

		sql(`UPDATE \`lead\` SET lead_key = NULL WHERE id = UNHEX('${hex(post.lead_id)}')`);
		try {
			const page = checkPage(await get(`/admin/leads/${post.lead_id}`, cookie), 200);

			assert.doesNotMatch(page.text, /Quillfeather|Zebulon|éloïse|1980|cannot call/i);
			assert.doesNotMatch(page.text.replace(/[^0-9A-Za-z]/g, ''), /2125550147|5550147/);
		} finally {
			sql(`UPDATE \`lead\` SET lead_key = X'${key}' WHERE id = UNHEX('${hex(post.lead_id)}')`);
		}
	});

	test('a lead or a page that is not there says so', async () => {
		checkPage(await get(`/admin/leads/led_${'0'.repeat(26)}`, cookie), 404);
		checkPage(await get('/admin/leads/led_1', cookie), 404);
	});

	test('the pages are for people: a seller\'s key opens none', async () => {
		const key = newKey('adm');

		assert.equal((await get('/admin/leads', undefined, { Authorization: `Bearer ${key}` })).status, 303);
		assert.equal((await get('/admin/leads', undefined, { Authorization: `Bearer ${env.GAVEL_ADMIN_KEY}` })).status, 303);
	});
});
