// From a click on a channel's link over the form to a sold lead, with scripts and without; then the operator signs in and finds it: on the
// Overview, among the leads, and in the channel's cost, revenue and ROI, to the cent.
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { expectStatus, Seller } from '../flow/lib/api.mjs';
import { apply, ctl, env, eventually, sleep, sql } from '../flow/lib/system.mjs';
import { checkPage, checkQuiet, open, phone, shot, shut, wide } from './lib/browser.mjs';
import { document, form } from './lib/demo.mjs';

// The least time that a form is to take: what is filled in faster than this is not a person.
const LEAST_MS = 3200;

// A day may end while the test runs.
const week = `${env.GAVEL_URL}/admin/overview?period=7d`;

const cent = (s) => Math.round(Number(s.replace(/[^0-9.-]/g, '')) * 100);

// The cells of the row that begins with these words, by the heads of their columns.
const rowOf = (page, table, name) => page.locator(table).evaluate((t, wanted) => {
	const heads = [...t.querySelectorAll('thead th')].map((h) => h.textContent.trim());
	const row = [...t.querySelectorAll('tbody tr')].find((r) => r.cells[0].textContent.trim() === wanted);

	return row && Object.fromEntries([...row.cells].map((c, i) => [heads[i], c.textContent.trim()]));
}, name);

const fillIn = async (page, values) => {
	for (const [name, value] of Object.entries(values)) {
		const input = page.locator(`[name="lead.${name}"]`);

		if (await input.first().getAttribute('type') === 'radio')
			await page.locator(`[name="lead.${name}"][value="${value}"]`).check();
		else if (await input.evaluate((e) => e.tagName) === 'SELECT')
			await input.selectOption(value);
		else
			await input.fill(value);
	}
};

const go = (page) => page.getByRole('button', { name: /^(Continue|Send)$/ }).click();

// Fills all pages of a form: what is asked for on a page and stands in answers. Each page is looked at as it is shown.
async function walk(page, key, answers, { tag, look = true }) {
	const began = Date.now();

	for (const [i, step] of form(key).steps.entries()) {
		await page.getByRole('heading', { level: 1, name: step.title }).waitFor();
		if (look)
			await checkPage(page);
		await shot(page, `${key}-${i + 1}-${tag}`);
		await fillIn(page, answers[i]);
		if (i + 1 === form(key).steps.length) {
			await page.getByRole('checkbox').check();
			await sleep(Math.max(0, began + LEAST_MS - Date.now()));
		}
		await go(page);
	}
	await page.waitForURL(/\/thanks/);
	if (look)
		await checkPage(page);
	await shot(page, `${key}-thanks-${tag}`);
}

const person = (last, phoneNumber) => ({ first_name: 'Ann', last_name: last, email: `${last.toLowerCase()}@example.com`, phone: phoneNumber });
const auto = (last, number) => [
	{ zip: '90210', 'vehicles.0.year': '2019', 'vehicles.0.make': 'Honda', 'vehicles.0.model': 'Civic' },
	{ currently_insured: 'yes', 'current.company': 'Old Mutual', credit_rating: 'good', 'residence.status': 'own' },
	{ 'drivers.0.birth_date': '1980-02-03', 'drivers.0.gender': 'female', 'drivers.0.marital_status': 'married' },
	person(last, number),
];
const home = (last, number) => [
	{ zip: '90210', 'project.category': 'solar', 'project.nature': 'install', 'project.timeframe': 'flexible' },
	{ home_owner: 'yes', property_type: 'single_family', electric_bill_monthly: '301_to_400', roof_shade: 'none', credit_rating: 'good' },
	{ ...person(last, number), best_time_to_call: 'evening', comments: 'Call me\nin the evening.' },
];

describe('journey', () => {
	const found = {};
	const sums = (channel) => Object.fromEntries(['n', 'cost', 'price'].map((name, i) => [name, Number(sql(`SELECT COUNT(*), SUM(s.cost), SUM(s.price)
		FROM sale s JOIN \`lead\` l ON l.id = s.lead_id JOIN click k ON k.id = l.click_id JOIN channel c ON c.id = k.channel_id
		WHERE c.name = '${channel}' AND s.state = 3`)[0][i])]));

	before(async () => {
		await apply(document);
		await sleep(500);
	});

	const click = async (page, link) => {
		await page.goto(env.GAVEL_HTTP_URL + link);
		assert.match(page.url(), /\/f\/[a-z-]+\?click_id=clk_/);
	};

	for (const [name, how] of [['with scripts, wide', { scripts: true, viewport: wide, tag: 'wide', last: 'Miller', number: '212-555-0147' }],
		['without scripts, on a phone', { scripts: false, viewport: phone, tag: 'phone', last: 'Carter', number: '212-555-0148' }],
		['in the dark, on a phone', { scripts: true, viewport: phone, tag: 'dark', colorScheme: 'dark', last: 'Ortega', number: '212-555-0149' }]])
		test(`a click, the form and a sold lead: ${name}`, async () => {
			const page = await open(how);

			await click(page, '/c/search-auto?s1=ad-7&gclid=G-1');
			await walk(page, 'auto-quote', auto(how.last, how.number), { tag: how.tag, look: how.scripts });
			assert.match(await page.locator('main').textContent(), /Your request is with an insurer now/);
			checkQuiet(page);
			await shut(page);
		});

	test('by the keyboard: Enter goes on, faults come first, each leads to its input', async () => {
		const page = await open({ viewport: phone });
		const focus = (name) => page.waitForFunction((n) => [document.activeElement.id, document.activeElement.className].includes(n), name);

		await page.goto(`${env.GAVEL_HTTP_URL}/f/auto-quote`);
		await page.keyboard.press('Tab');
		await focus('lead.zip');
		await page.keyboard.type('9021');
		await page.keyboard.press('Enter');
		await page.getByRole('alert').waitFor();
		assert.equal(await page.title(), 'Error: Your car – Auto insurance');
		await focus('summary');
		await page.keyboard.press('Tab');
		await page.keyboard.press('Enter');
		await focus('lead.zip');
		await checkPage(page);
		await shot(page, 'auto-quote-faults-phone');
		await page.keyboard.press('End');
		await page.keyboard.type('0');
		await page.getByRole('button', { name: 'Add another vehicle' }).press('Enter');
		await page.getByRole('group', { name: 'Vehicle 2' }).waitFor();
		await focus('lead.vehicles.1.year');
		await checkPage(page);
		await shot(page, 'auto-quote-vehicles-phone');
		await page.getByRole('button', { name: 'Remove Vehicle 2' }).press('Enter');
		await page.getByRole('group', { name: 'Vehicle 2' }).waitFor({ state: 'detached' });
		await page.locator('#lead\\.zip').press('Enter');
		await page.getByRole('heading', { level: 1, name: 'Your cover today' }).waitFor();
		checkQuiet(page);
		await shut(page);
	});

	test('what is not there says so in the form\'s own look', async () => {
		const page = await open({ viewport: phone });

		await page.goto(`${env.GAVEL_HTTP_URL}/f/nothing`);
		await page.getByRole('heading', { level: 1, name: 'Not found' }).waitFor();
		await checkPage(page);
		await shot(page, 'form-nothing-phone');
		checkQuiet(page);
		await shut(page);
	});

	test('another form, by another channel', async () => {
		const page = await open({ scripts: false, viewport: phone });

		await click(page, '/c/partner-home?utm_source=letter');
		await walk(page, 'home-services', home('Lindqvist', '212-555-0150'), { tag: 'phone', look: false });
		checkQuiet(page);
		await shut(page);
		const wideOne = await open();

		await click(wideOne, '/c/partner-home');
		await walk(wideOne, 'home-services', home('Okafor', '212-555-0151'), { tag: 'wide' });
		await shut(wideOne);
	});

	test('the leads are the channels\' own', () => {
		found.auto = sums('search-auto');
		found.home = sums('partner-home');
		assert.deepEqual([found.auto.n, found.home.n], [3, 2]);
		const rows = sql(`SELECT l.sub1, JSON_VALUE(l.source, '$.gclid'), JSON_VALUE(l.source, '$.utm_source') FROM \`lead\` l
			JOIN click k ON k.id = l.click_id JOIN channel c ON c.id = k.channel_id WHERE c.name = 'search-auto'`);

		for (const row of rows)
			assert.deepEqual(row, ['ad-7', 'G-1', null]);
	});

	test('the operator finds them: Overview, leads, the channels\' cost, revenue and ROI', async () => {
		const page = await open();

		await page.goto(`${env.GAVEL_URL}/admin`);
		await checkPage(page);
		await shot(page, 'admin-sign-in-wide');
		await page.getByLabel(/name/i).fill(env.GAVEL_ADMIN_USER);
		await page.getByLabel(/password/i).fill(env.GAVEL_ADMIN_PASSWORD);
		await page.getByRole('button', { name: /sign in/i }).click();
		await page.waitForURL(/\/admin\/overview/);
		await page.goto(week);
		// The roll-ups come every few seconds.
		const [auto_, home_] = await eventually(async () => {
			await page.reload();
			const both = [await rowOf(page, '#channels', 'Search ads, auto'), await rowOf(page, '#channels', 'Partner newsletter, home')];

			assert.deepEqual(both.map((r) => r?.Sold), ['3', '2']);
			return both;
		}, 40000);

		// 0.75 a click: three clicks.
		assert.equal(auto_.Clicks, '3');
		assert.equal(cent(auto_.Cost), 225);
		assert.equal(cent(auto_.Revenue), Math.round(found.auto.cost * 100));
		assert.equal(cent(auto_.Margin), Math.round((found.auto.cost - found.auto.price) * 100));
		assert.equal(Number(auto_.ROI.replace(/[^0-9.-]/g, '')).toFixed(0), ((found.auto.cost - 2.25) / 2.25 * 100).toFixed(0));
		// 20 % of what buyers pay.
		assert.equal(home_.Clicks, '2');
		assert.equal(cent(home_.Revenue), Math.round(found.home.cost * 100));
		assert.equal(cent(home_.Cost), Math.round(found.home.cost * 20));
		assert.equal(Number(home_.ROI.replace(/[^0-9.-]/g, '')).toFixed(0), '400');
		await checkPage(page);
		await shot(page, 'admin-overview-wide');

		await page.getByRole('link', { name: 'Leads', exact: true }).click();
		await page.getByLabel('Campaign').selectOption('auto');
		await page.getByRole('button', { name: 'Show' }).click();
		await page.waitForURL(/campaign=auto/);
		const links = page.locator('main a[href^="/admin/leads/led_"]');

		assert.equal(await links.count(), 3);
		for (const secret of ['Miller', 'Carter', 'Okafor', 'example.com', '5550147', '555-0147'])
			assert.ok(!(await page.locator('main').textContent()).includes(secret), `${secret} is masked`);
		await checkPage(page);
		await shot(page, 'admin-leads-wide');
		await links.last().click();
		await page.getByRole('heading', { level: 1 }).waitFor();
		const story = await page.locator('main').textContent();

		assert.match(story, /evergreen-auto-socal/);
		assert.match(story, /accepted/);
		for (const secret of ['Miller', 'miller@', '5550147'])
			assert.ok(!story.includes(secret), `${secret} is masked`);
		await checkPage(page);
		await shot(page, 'admin-lead-wide');
		await page.getByRole('link', { name: 'Funds', exact: true }).click();
		await page.getByRole('heading', { level: 1, name: 'Funds' }).waitFor();
		await checkPage(page);
		await shot(page, 'admin-funds-wide');
		await page.getByRole('link', { name: 'Health', exact: true }).click();
		await checkPage(page);
		await shot(page, 'admin-health-wide');
		checkQuiet(page);
		await shut(page);
	});

	test('the same pages on a phone, in the dark, and by the keyboard', async () => {
		const page = await open({ viewport: phone, colorScheme: 'dark' });

		await page.goto(`${env.GAVEL_URL}/admin/leads`);
		await page.getByLabel(/name/i).focus();
		await page.keyboard.type(env.GAVEL_ADMIN_USER);
		await page.keyboard.press('Tab');
		await page.keyboard.type(env.GAVEL_ADMIN_PASSWORD);
		await page.keyboard.press('Enter');
		await page.getByRole('heading', { level: 1, name: 'Leads' }).waitFor();
		for (const name of ['overview?period=7d', 'leads', 'funds', 'health']) {
			await page.goto(`${env.GAVEL_URL}/admin/${name}`);
			assert.equal((await page.locator('h1').textContent()).toLowerCase(), name.split('?')[0]);
			await checkPage(page);
			await shot(page, `admin-${name.split('?')[0]}-phone`);
		}
		await page.goto(`${env.GAVEL_URL}/admin/leads`);
		await page.locator('main a[href^="/admin/leads/led_"]').first().click();
		await checkPage(page);
		await shot(page, 'admin-lead-phone');
		checkQuiet(page);
		await shut(page);
	});

	test('what a manual channel cost is told by hand, and its ROI follows', async () => {
		const operator = new Seller(ctl(['key', 'create', '--admin', '--name', 'spend']).out);
		const day = new Date().toISOString().slice(0, 10);

		await apply({ gavel: 1, channels: [{ key: 'by-hand', name: 'Radio', campaign: 'auto', landing_url: `${env.GAVEL_HTTP_URL}/f/auto-quote`, cost: { type: 'manual' } }] });
		const page = await open();

		await click(page, '/c/by-hand');
		await walk(page, 'auto-quote', auto('Novak', '212-555-0152'), { tag: 'hand', look: false });
		await eventually(async () => expectStatus(await operator.post('/v1/spend', [{ channel: 'by-hand', date: day, amount: '5.37' }]), 200));
		await page.goto(`${env.GAVEL_URL}/admin`);
		await page.getByLabel(/name/i).fill(env.GAVEL_ADMIN_USER);
		await page.getByLabel(/password/i).fill(env.GAVEL_ADMIN_PASSWORD);
		await page.getByRole('button', { name: /sign in/i }).click();
		await page.waitForURL(/\/admin\/overview/);
		await page.goto(week);
		await eventually(async () => {
			await page.reload();
			const row = await rowOf(page, '#channels', 'Radio');
			const revenue = sums('by-hand').cost;

			assert.equal(row?.Sold, '1');
			assert.deepEqual([cent(row.Cost), cent(row.Revenue)], [537, Math.round(revenue * 100)]);
			assert.equal(Number(row.ROI.replace(/[^0-9.-]/g, '')).toFixed(0), ((revenue - 5.37) / 5.37 * 100).toFixed(0));
		}, 40000);
		await shut(page);
	});

	test('funds: who can buy, wide and on a phone', async () => {
		const post = { url: `${env.GAVEL_HTTP_URL}/none`, reply: { rules: [{ when: { http_status: true, op: 'eq', value: 200 }, outcome: 'accepted' }] } };
		const buyer = (key, name, funding) => ({ key, name, funding, contracts: [{ key, campaign: 'auto', status: 'paused', price: { type: 'fixed', amount: '9' }, post }] });

		await apply({ gavel: 1, buyers: [buyer('fu-paid', 'Blue Ridge Mutual Insurance Company of the Carolinas', { mode: 'prepaid' }), buyer('fu-low', 'Low & Sons', { mode: 'prepaid' }),
			buyer('fu-credit', 'Harbor Auto', { mode: 'credit', limit: '2500' }), buyer('fu-none', 'Never Paid', { mode: 'prepaid' })] });
		ctl(['funds', 'deposit', 'fu-paid', '12500.50']);
		ctl(['funds', 'deposit', 'fu-low', '40']);
		for (const [viewport, colorScheme, tag] of [[wide, 'light', 'wide'], [phone, 'dark', 'phone']]) {
			const page = await open({ viewport, colorScheme });

			await page.goto(`${env.GAVEL_URL}/admin/funds`);
			await page.getByLabel(/name/i).fill(env.GAVEL_ADMIN_USER);
			await page.getByLabel(/password/i).fill(env.GAVEL_ADMIN_PASSWORD);
			await page.getByRole('button', { name: /sign in/i }).click();
			await page.getByRole('heading', { level: 1, name: 'Funds' }).waitFor();
			await eventually(async () => {
				await page.reload();
				assert.deepEqual([(await rowOf(page, '#funds', 'Never Paid'))?.State, (await rowOf(page, '#funds', 'Low & Sons'))?.State], ['no funds', 'low']);
			});
			assert.equal((await rowOf(page, '#funds', 'Harbor Auto'))['May spend'], '2500.00 USD');
			assert.equal((await page.locator('#funds tbody tr th').first().textContent()), 'Never Paid');
			await checkPage(page);
			await shot(page, `admin-funds-full-${tag}`);
			checkQuiet(page);
			await shut(page);
		}
	});
});
