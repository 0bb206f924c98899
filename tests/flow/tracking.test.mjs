// Clicks and what follows them: a lead belongs to the click that its ping, its post or the whole lead names, and the channel's cost,
// revenue and ROI come out to the cent.
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { expectProblem, expectStatus, idShape, ready, Seller, send } from './lib/api.mjs';
import { accepted, bid, script } from './lib/buyers.mjs';
import * as config from './lib/config.mjs';
import { apply, env, eventually, newKey, sql } from './lib/system.mjs';

const landing = 'https://www.landing.example/offer?a=1#top';

describe('tracking', () => {
	let acme;
	const operator = new Seller(env.GAVEL_ADMIN_KEY);

	before(async () => {
		script('/trk/ping', bid(12.3456));
		script('/trk/post', accepted());
		const channel = (key, cost) => ({ key, name: `Channel ${key}`, campaign: 'trk', landing_url: landing, cost });

		await apply(config.document({ verticals: [config.vertical('trk')], campaigns: [config.campaign('trk', 'trk')],
			sellers: [config.seller('trk', ['trk'])], buyers: [config.simpleBuyer('trk', 'trk')],
			channels: [channel('trk-cpc', { type: 'cpc', amount: '0.3333' }), channel('trk-cpl', { type: 'cpl', amount: '4.05' }),
				channel('trk-share', { type: 'revshare', percent: '33.3' }), channel('trk-hand', { type: 'manual' }), channel('trk-none', undefined), channel('trk-other', undefined),
				channel('trk-flood', { type: 'cpc', amount: '0.10' })] }));
		acme = new Seller(newKey('trk'));
		await ready(acme);
	});

	const click = async (channel, query = '') => {
		const answer = await send('GET', `/c/${channel}${query}`);

		assert.equal(answer.status, 302);
		const url = new URL(answer.headers.location);

		assert.equal(`${url.origin}${url.pathname}?a=${url.searchParams.get('a')}${url.hash}`, landing);
		assert.match(url.searchParams.get('click_id'), idShape('clk'));
		return url.searchParams.get('click_id');
	};
	const channelOf = (lead) => sql(`SELECT c.name FROM \`lead\` l JOIN click k ON k.id = l.click_id JOIN channel c ON c.id = k.channel_id
		JOIN sale s ON s.lead_id = l.id WHERE JSON_VALUE(l.source, '$.lead_id') = '${lead}'`)[0]?.[0];
	let serial = 0;
	const ways = {
		'the ping': async (source, none) => {
			const lead = config.wholeLead();
			const ping = expectStatus(await acme.ping({ campaign: 'trk', lead: config.lead(), source }), 200);

			return acme.sell({ ping_id: ping.ping_id, lead, source: none });
		},
		'the post alone': async (source, none) => {
			const ping = expectStatus(await acme.ping({ campaign: 'trk', lead: config.lead(), source: none }), 200);

			return acme.sell({ ping_id: ping.ping_id, lead: config.wholeLead(), source });
		},
		'the direct lead': async (source) => acme.lead({ campaign: 'trk', lead: config.wholeLead(), source }),
	};

	for (const [way, sell] of Object.entries(ways))
		test(`a lead belongs to the click that ${way} names`, async () => {
			const mark = `trk-${process.pid}-${serial += 1}`;
			const post = expectStatus(await sell({ click_id: await click('trk-none'), lead_id: mark }, { lead_id: mark }), 201);

			assert.equal(post.status, 'sold');
			assert.equal(channelOf(mark), 'trk-none');
		});

	test('the ping\'s click stays the lead\'s when the post names another', async () => {
		const [first, second] = [await click('trk-none'), await click('trk-other')];
		const ping = expectStatus(await acme.ping({ campaign: 'trk', lead: config.lead(), source: { click_id: first } }), 200);

		expectStatus(await acme.sell({ ping_id: ping.ping_id, lead: config.wholeLead(), source: { click_id: second, lead_id: 'trk-two' } }), 201);
		assert.equal(channelOf('trk-two'), 'trk-none');
	});

	for (const click_id of ['clk_00000000000000000000000000', 'clk_1', 'GCLID-77', 'png_01M8FNZM0AFS6VK78RHVM39F1C'])
		test(`a click that is none of ours is kept as words and belongs to no channel: ${click_id}`, async () => {
			expectStatus(await acme.lead({ campaign: 'trk', lead: config.wholeLead(), source: { click_id, lead_id: `odd-${click_id}` } }), 201);
			assert.equal(channelOf(`odd-${click_id}`), undefined);
		});

	test('a link is for its channel, and looking at it is no visit', async () => {
		const clicks = () => Number(sql('SELECT COUNT(*) FROM click')[0][0]);
		const had = clicks();

		assert.equal((await send('HEAD', '/c/trk-none')).status, 302);
		assert.equal((await send('GET', '/c/nothing')).status, 404);
		assert.equal(clicks(), had);
		await click('trk-none', `?s1=${'x'.repeat(3000)}&gclid=%00&utm_source=%0d%0aSet-Cookie:a=b`);
		assert.equal(clicks(), had + 1);
	});

	const day = (ms) => new Date(ms).toISOString().slice(0, 10);
	const started = Date.now();
	const figures = async (channel) => {
		const { rows } = expectStatus(await operator.get(`/v1/report?from=${day(started)}&to=${day(Date.now())}&group_by=channel&filter=channel:${channel}`), 200);
		const [row] = rows;

		return [rows.length, row?.clicks, row?.cost, row?.sold, row?.revenue, row?.payout, row?.roi];
	};
	const roi = (cost) => Math.round((24.6912 - cost) / cost * 10000) / 10000;

	// Three clicks each, and two leads of 12.3456 that pay 9.8765 (80 %, half to even). A third of 12.3456 is 4.1111, rounded for each sale.
	for (const [channel, cost] of [['trk-cpc', '0.9999'], ['trk-cpl', '8.10'], ['trk-share', '8.2222'], ['trk-hand', '5.37']])
		test(`${channel}: what it cost and what it brought, to the last decimal`, async () => {
			const ids = [await click(channel), await click(channel), await click(channel)];

			expectStatus(await ways['the direct lead']({ click_id: ids[0] }), 201);
			expectStatus(await ways['the post alone']({ click_id: ids[1] }, {}), 201);
			if (channel === 'trk-hand')
				expectStatus(await operator.post('/v1/spend', [{ channel, date: day(started), amount: cost }]), 200);
			await eventually(async () => assert.deepEqual(await figures(channel), [1, 3, cost, 2, '24.6912', '19.753', roi(Number(cost))]), 40000);
		});

	test('spend is told once a day and told again in its place', async () => {
		const spend = (list) => operator.post('/v1/spend', list);
		const rows = () => sql('SELECT s.day, s.amount, s.clicks FROM spend s JOIN channel c ON c.id = s.channel_id WHERE c.name = \'trk-hand\' AND s.day < \'2026-01-01\' ORDER BY s.day');

		expectStatus(await spend([{ channel: 'trk-hand', date: '2025-11-01', amount: '7.77', clicks: 3 }, { channel: 'trk-hand', date: '2025-11-02', amount: '1.00' }]), 200);
		expectStatus(await spend([{ channel: 'trk-hand', date: '2025-11-01', amount: '8.00' }]), 200);
		assert.deepEqual(rows(), [['2025-11-01', '8.0000', null], ['2025-11-02', '1.0000', null]]);
		expectProblem(await spend([{ channel: 'trk-hand', date: '2025-11-03', amount: '1.00' }, { channel: 'nothing', date: '2025-02-30', amount: '-1' }]), 422, 'invalid',
			[['#/1/channel', 'unknown_reference'], ['#/1/date', 'invalid_field'], ['#/1/amount', 'invalid_field']]);
		assert.equal(rows().length, 2, 'all of a list or nothing');
		expectProblem(await acme.post('/v1/spend', []), 403);
	});

	test('one address cannot buy clicks without end: visitors go on, and are not counted', async () => {
		const count = () => Number(sql('SELECT COUNT(*) FROM click k JOIN channel c ON c.id = k.channel_id WHERE c.name = \'trk-flood\'')[0][0]);
		const answers = await Promise.all(Array.from({ length: 600 }, () => send('GET', '/c/trk-flood')));

		for (const a of answers)
			assert.equal(a.status, 302);
		assert.equal(answers.filter((a) => /click_id=clk_/.test(a.headers.location)).length, count());
		assert.ok(count() >= 100 && count() < 600, `${count()} were counted`);
	});
});
