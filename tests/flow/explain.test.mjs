// Why a ping or a lead ended as it did: every contract of the campaign, each once, with one code; and what a seller may not see of it.
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { expectProblem, expectStatus, ready, Seller } from './lib/api.mjs';
import { accepted, bid, noBid, rejected, script } from './lib/buyers.mjs';
import * as config from './lib/config.mjs';
import { apply, ctl, eventually, newKey } from './lib/system.mjs';

const only = (value) => [{ field: 'lead.state', op: 'in', value: [value] }];

// Contract: [what its buyer does at the ping, more of the contract, its code and stage in a ping's explanation, and in a sold lead's].
const contracts = {
	'ex-first': [bid(40), {}, ['offered', 'auction'], ['rejected_duplicate', 'post']],
	'ex-second': [bid(30), {}, ['outbid', 'auction'], ['accepted', 'post']],
	'ex-third': [bid(20), {}, ['outbid', 'auction'], ['outbid', 'auction']],
	'ex-none': [noBid(), {}, ['no_bid', 'auction']],
	'ex-low': [bid('0.90'), {}, ['below_reserve', 'auction']],
	'ex-range': [bid(150), {}, ['price_out_of_range', 'auction']],
	'ex-500': [{ status: 500, json: {} }, {}, ['http_error', 'auction']],
	'ex-garbage': [{ text: '{"status":' }, {}, ['unparsable_reply', 'auction']],
	'ex-stall': [{ stall: true }, {}, ['timeout', 'auction']],
	'ex-geo': [bid(50), { filters: only('NY') }, ['filter_geo', 'eligibility']],
	'ex-field': [bid(50), { filters: [{ field: 'lead.credit_rating', op: 'eq', value: 'poor' }] }, ['filter_field', 'eligibility']],
	'ex-paused': [bid(50), { status: 'paused' }, ['buyer_paused', 'eligibility']],
};
const members = ['contract', 'buyer', 'code', 'stage', 'rule', 'value', 'price', 'rank_value', 'ms'];

describe('explain', () => {
	let acme;
	let other;
	let none;
	let sandbox;

	before(async () => {
		for (const [key, [behaviour]] of Object.entries(contracts)) {
			script(`/${key}/ping`, behaviour);
			script(`/${key}/post`, key === 'ex-first' ? rejected('Dup lead') : accepted());
		}
		await apply(config.document({ verticals: [config.vertical('ex')], campaigns: [config.campaign('ex', 'ex', { ping_timeout_ms: 500 })],
			sellers: [config.seller('ex', ['ex']), config.seller('ex-other', ['ex']), config.seller('ex-blind', ['ex'], { show_buyer: 'none' })],
			buyers: Object.entries(contracts).map(([key, [, more]]) => config.simpleBuyer(key, 'ex', more)) }));
		acme = new Seller(newKey('ex'));
		other = new Seller(newKey('ex-other'));
		none = new Seller(newKey('ex-blind'));
		sandbox = new Seller(newKey('ex', '--sandbox'));
		await ready(acme, other, none, sandbox);
	});

	// One row for every contract, each once, with these codes; and nothing in it that a seller may not see.
	function checkRows(answer, which) {
		const rows = answer.contracts;

		assert.deepEqual(rows.map((r) => r.contract).sort(), Object.keys(contracts).sort());
		for (const r of rows) {
			const [code, stage] = contracts[r.contract][which] ?? contracts[r.contract][2];

			assert.deepEqual(Object.keys(r), members);
			assert.deepEqual([r.code, r.stage], [code, stage], r.contract);
			assert.deepEqual(r.buyer, { id: r.contract, name: `Buyer ${r.contract}` });
			assert.deepEqual([r.rule, r.value, r.rank_value], [null, null, null], `${r.contract}: buyers' rules are theirs`);
			if (!['offered', 'accepted'].includes(code))
				assert.equal(r.price, null, `${r.contract} lost: its price is not told`);
		}
		return Object.fromEntries(rows.map((r) => [r.contract, r]));
	}

	test('a ping: every contract once, with its code', async () => {
		const ping = expectStatus(await acme.ping({ campaign: 'ex', lead: config.lead() }), 200);
		const why = expectStatus(await acme.get(`/v1/pings/${ping.ping_id}/explain`), 200);
		const rows = checkRows(why, 2);

		assert.deepEqual([why.id, why.status, why.score], [ping.ping_id, 'matched', null]);
		assert.ok(Number.isInteger(why.version) && why.version > 0);
		assert.equal(rows['ex-first'].price, '32.00', 'what the seller gets');
		for (const key of ['ex-geo', 'ex-field', 'ex-paused'])
			assert.equal(rows[key].ms, null, `${key} was not asked`);
		assert.ok(rows['ex-stall'].ms >= 450 && rows['ex-first'].ms < 450);
		assert.deepEqual(why.timeline.map((t) => t.event), ['pinged']);
		for (const reason of ping.reasons)
			assert.equal(why.contracts.filter((c) => c.code === reason.code).length, reason.count, reason.code);
	});

	test('a lead: what each post came to stands in place of the auction\'s code', async () => {
		const post = expectStatus(await acme.lead({ campaign: 'ex', lead: config.wholeLead() }), 201);
		const why = expectStatus(await acme.get(`/v1/leads/${post.lead_id}/explain`), 200);
		const rows = checkRows(why, 3);

		assert.deepEqual([why.id, why.status, post.status], [post.lead_id, 'sold', 'sold']);
		assert.equal(rows['ex-second'].price, '24.00');
		assert.deepEqual(why.timeline.map((t) => t.event), ['pinged', 'posted', 'sent', 'rejected', 'sent', 'accepted']);
		assert.deepEqual(why.timeline.map((t) => t.at), why.timeline.map((t) => t.at).sort(), 'in the order of time');
		for (const t of why.timeline)
			assert.match(t.at, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
	});

	test('the version is the one that decided, whatever is in force now', async () => {
		const ping = expectStatus(await acme.ping({ campaign: 'ex', lead: config.lead() }), 200);
		const was = expectStatus(await acme.get(`/v1/pings/${ping.ping_id}/explain`), 200);

		await apply(config.document({ buyers: [config.simpleBuyer('ex-late', 'ex', { status: 'paused' })] }));
		const later = expectStatus(await acme.get(`/v1/pings/${ping.ping_id}/explain`), 200);
		const fresh = expectStatus(await acme.ping({ campaign: 'ex', lead: config.lead() }), 200);
		const now = expectStatus(await acme.get(`/v1/pings/${fresh.ping_id}/explain`), 200);

		assert.deepEqual({ ...later, request_id: 0 }, { ...was, request_id: 0 });
		assert.equal(now.version, was.version + 1);
		assert.equal(now.contracts.length, was.contracts.length + 1);
		assert.equal(now.contracts.find((c) => c.contract === 'ex-late').code, 'buyer_paused');
	});

	const explained = (id) => JSON.parse(ctl(['explain', id, '--json']).out);

	test('gavelctl tells an operator the rule, what it read, and every price', async () => {
		const ping = expectStatus(await acme.ping({ campaign: 'ex', lead: config.lead() }), 200);
		const why = explained(ping.ping_id);
		const rows = Object.fromEntries(why.contracts.map((r) => [r.contract, r]));
		const facts = (key) => [rows[key].rule, rows[key].value, rows[key].price, rows[key].cost ?? null, rows[key].rank_value];

		assert.deepEqual(Object.keys(why), ['id', 'status', 'version', 'score', 'contracts', 'timeline']);
		for (const r of why.contracts)
			assert.deepEqual(Object.keys(r).slice(0, members.length), members);
		for (const [key, [, , code]] of Object.entries(contracts))
			assert.deepEqual([rows[key].code, rows[key].stage], code, key);
		assert.deepEqual(facts('ex-first'), [null, null, '32.00', '40.00', 40]);
		assert.deepEqual(facts('ex-third'), [null, null, '16.00', '20.00', 20]);
		assert.deepEqual(facts('ex-low'), [null, null, '0.72', '0.90', 0.9]);
		assert.deepEqual(facts('ex-range').slice(0, 4), ['/price', '150.00', '120.00', '150.00']);
		assert.deepEqual(facts('ex-geo'), ['/filters/0', 'CA', null, null, null]);
		assert.deepEqual(facts('ex-field'), ['/filters/0', 'good', null, null, null]);
		assert.deepEqual(facts('ex-none'), [null, null, null, null, null]);
		assert.equal(facts('ex-paused')[0], '/status');
	});

	test('as a table each contract stands once, with its code and what it means', async () => {
		const post = expectStatus(await acme.lead({ campaign: 'ex', lead: config.wholeLead() }), 201);
		const { out } = ctl(['explain', post.lead_id]);
		const lines = out.split('\n');

		assert.match(lines[0], new RegExp(`^${post.lead_id} +sold +configuration version [0-9]+$`));
		for (const key of Object.keys(contracts))
			assert.equal(lines.filter((l) => new RegExp(`^${key} `).test(l)).length, 1, key);
		assert.match(out, /^ex-geo +ex-geo +filter_geo +eligibility +\/filters\/0 +CA +- +- +- +- +outside the contract's geography$/m);
		assert.match(out, /^ex-second +ex-second +accepted +post +- +- +30\.00 +24\.00 +30 +[0-9]+ +the buyer took the lead$/m);
		assert.match(out, / accepted +ex-second +accepted +sal_/);
		assert.doesNotMatch(out, /555/, 'nobody\'s number');
	});

	test('gavelctl refuses what is no id, and what is nobody\'s', () => {
		assert.match(ctl(['explain', `png_${'0'.repeat(26)}`], { status: 1 }).err, /nothing of the id/);
		assert.match(ctl(['explain', 'sal_1'], { status: 1 }).err, /no id of a ping/);
		ctl(['explain'], { status: 2 });
		ctl(['explain', 'a', 'b'], { status: 2 });
	});

	test('after the contract that decided is changed, taken away and put back, the explanation is what it was', async () => {
		const ping = expectStatus(await acme.ping({ campaign: 'ex', lead: config.lead() }), 200);
		const was = explained(ping.ping_id);
		const document = JSON.parse(ctl(['export']).out);
		const without = { ...document, buyers: document.buyers.filter((b) => b.key !== 'ex-first').map((b) => (b.key !== 'ex-geo' ? b
			: { ...b, contracts: b.contracts.map((c) => ({ ...c, filters: [{ field: 'lead.age', op: 'gt', value: 1 }, ...only('CA')] })) })) };

		ctl(['apply', '-', '--prune'], { input: JSON.stringify(without) });
		assert.deepEqual(explained(ping.ping_id), was, 'the buyer that had won is archived');
		ctl(['rollback', String(was.version)]);
		assert.deepEqual(explained(ping.ping_id), was, 'a later version that says the same is another');
		await eventually(async () => {
			const again = explained(expectStatus(await acme.ping({ campaign: 'ex', lead: config.lead() }), 200).ping_id);

			assert.equal(again.version, was.version + 2);
			assert.deepEqual(again.contracts.map((c) => [c.contract, c.code]), was.contracts.map((c) => [c.contract, c.code]));
		});
	});

	test('where buyers are not shown, neither they nor their contracts have names', async () => {
		const ping = expectStatus(await none.ping({ campaign: 'ex', lead: config.lead() }), 200);
		const answer = await none.get(`/v1/pings/${ping.ping_id}/explain`);

		assert.ok(expectStatus(answer, 200).contracts.every((c) => c.buyer === null));
		assert.equal(new Set(answer.json.contracts.map((c) => c.contract)).size, answer.json.contracts.length);
		assert.doesNotMatch(answer.text, /ex-(first|second|third|none)/);
	});

	test('another seller gets 404, and so does the same one in the sandbox', async () => {
		const post = expectStatus(await acme.lead({ campaign: 'ex', lead: config.wholeLead() }), 201);

		for (const who of [other, sandbox]) {
			expectProblem(await who.get(`/v1/pings/${post.ping_id}/explain`), 404);
			expectProblem(await who.get(`/v1/leads/${post.lead_id}/explain`), 404);
		}
		for (const path of [`/v1/pings/png_${'0'.repeat(26)}/explain`, `/v1/leads/${post.ping_id}/explain`, `/v1/pings/${post.lead_id}/explain`,
			'/v1/leads/x/explain'])
			expectProblem(await acme.get(path), 404);
	});

	test('the sandbox explains its built-in buyers', async () => {
		const ping = expectStatus(await sandbox.ping({ campaign: 'ex', lead: config.lead() }), 200);
		const why = expectStatus(await sandbox.get(`/v1/pings/${ping.ping_id}/explain`), 200);

		assert.equal(why.status, 'matched');
		assert.ok(why.contracts.length >= ping.bids.length);
		assert.ok(why.contracts.every((c) => c.code !== '' && !Object.keys(contracts).includes(c.contract)), JSON.stringify(why.contracts));
	});
});
