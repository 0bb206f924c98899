// What is malformed gets its right status and code, every time, and the worker lives on.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { anonymous, expectProblem, expectStatus, ready, Seller, send } from './lib/api.mjs';
import { accepted, bid, callsTo, script } from './lib/buyers.mjs';
import * as config from './lib/config.mjs';
import { apply, newKey } from './lib/system.mjs';

const C = 'bad-input';
const ping = (more, leadMore) => ({ campaign: C, lead: config.lead(leadMore), ...more });
const pingText = (lead) => `{"campaign":"${C}","lead":${lead}}`;
const nest = (n) => `${'['.repeat(n)}${']'.repeat(n)}`;
const bytes = (...list) => Buffer.concat([Buffer.from(`{"campaign":"${C}","lead":{"zip":"90210","note":"`), Buffer.from(list), Buffer.from('"}}')]);
const form = { 'Content-Type': 'application/x-www-form-urlencoded' };
const xml = { 'Content-Type': 'application/xml' };
const whole = () => config.wholeLead();

// [what, path, body, status, code, faults as [pointer, code] (422), headers]
const malformed = [
	['an empty body', '', 400], ['white space alone', ' \n ', 400], ['a text that is no JSON', 'hello', 400],
	['a JSON text', '"hello"', 400], ['a JSON number', '42', 400], ['a JSON list', '[]', 400], ['null', 'null', 400],
	['an object that does not close', `{"campaign":"${C}"`, 400], ['a text that does not close', `{"campaign":"${C}`, 400],
	['a comma too many', `{"campaign":"${C}",}`, 400], ['a missing comma', `{"campaign":"${C}" "lead":{}}`, 400],
	['single quotes', `{'campaign':'${C}'}`, 400], ['a name without quotes', `{campaign:"${C}"}`, 400],
	['a comment', `{"campaign":"${C}" /* x */,"lead":{"zip":"90210"}}`, 400],
	['something behind the object', `${pingText('{"zip":"90210"}')}x`, 400], ['two objects', `${pingText('{"zip":"90210"}')}{}`, 400],
	['a member twice', `{"campaign":"${C}","campaign":"${C}","lead":{"zip":"90210"}}`, 400],
	['a field twice', pingText('{"zip":"90210","zip":"10001"}'), 400],
	['a member twice by an escape', pingText('{"zip":"90210","z\\u0069p":"10001"}'), 400],
	['NaN', pingText('{"zip":"90210","age":NaN}'), 400], ['Infinity', pingText('{"zip":"90210","age":Infinity}'), 400],
	['a hexadecimal number', pingText('{"zip":"90210","age":0x20}'), 400],
	['a number with a leading zero', pingText('{"zip":"90210","age":044}'), 400],
	['a number out of every range', pingText('{"zip":"90210","age":1e999}'), 400],
	['a bare control character', pingText('{"zip":"90210","note":"a\u0001b"}'), 400],
	['a bare line break in a text', pingText('{"zip":"90210","note":"a\nb"}'), 400],
	['an unknown escape', pingText('{"zip":"90210","note":"\\x41"}'), 400],
	['half a surrogate pair', pingText('{"zip":"90210","note":"\\ud800"}'), 400],
	['an escaped NUL', pingText('{"zip":"90210","note":"a\\u0000b"}'), 400],
	['a NUL byte', pingText('{"zip":"90210","note":"a\u0000b"}'), 400],
	['bytes that are not UTF-8', bytes(0xff, 0xfe), 400],
	['an overlong UTF-8 sequence', bytes(0xc0, 0xaf), 400],
	['a UTF-8 surrogate', bytes(0xed, 0xa0, 0x80), 400],
	['a cut UTF-8 sequence', bytes(0xe2, 0x82), 400],
	['UTF-16', Buffer.from(pingText('{"zip":"90210"}'), 'utf16le'), 400],
	['33 lists deep', pingText(`{"zip":"90210","tags":${nest(33)}}`), 400], ['10,000 lists deep', nest(10000), 400],
	['10,000 lists that never close', '['.repeat(10000), 400], ['10,000 objects deep', '{"a":'.repeat(10000), 400],
];

const invalid = [
	['an empty object', {}, [['#/campaign', 'missing_field'], ['#/lead', 'missing_field']]],
	['no lead', { campaign: C }, [['#/lead', 'missing_field']]],
	['no campaign', { lead: config.lead() }, [['#/campaign', 'missing_field']]],
	['null for the lead', { campaign: C, lead: null }, [['#/lead', 'missing_field']]],
	['a text for the lead', { campaign: C, lead: 'x' }, [['#/lead', 'invalid_field']]],
	['a list for the lead', { campaign: C, lead: [] }, [['#/lead', 'invalid_field']]],
	['a number for the campaign', { campaign: 7, lead: config.lead() }, [['#/campaign', 'invalid_field']]],
	['a campaign that is not there', { campaign: 'nope', lead: config.lead() }, [['#/campaign', 'invalid_field']]],
	['an unknown member', ping({ extra: 1 }), [['#/extra', 'unknown_member']]],
	['a name with a slash and a tilde', ping({ 'a/b~c': 1 }), [['#/a~1b~0c', 'unknown_member']]],
	['an unknown field', ping({}, { shoe: 42 }), [['#/lead/shoe', 'unknown_member']]],
	['an unknown source', ping({ source: { sub9: 'x' } }), [['#/source/sub9', 'unknown_member']]],
	['an unknown consent', ping({ consent: { tcpa: true, x: 1 } }), [['#/consent/x', 'unknown_member']]],
	['no ZIP', { campaign: C, lead: {} }, [['#/lead/zip', 'missing_field']]],
	['an empty ZIP', ping({}, { zip: '' }), [['#/lead/zip', 'missing_field']]],
	['a ZIP of four digits', ping({}, { zip: '9021' }), [['#/lead/zip', 'invalid_field']]],
	['a ZIP of letters', ping({}, { zip: '9021O' }), [['#/lead/zip', 'invalid_field']]],
	['a number for a ZIP', ping({}, { zip: 90210 }), [['#/lead/zip', 'invalid_field']]],
	['a state that is none', ping({}, { state: 'XX' }), [['#/lead/state', 'invalid_field']]],
	['a choice that is none', ping({}, { credit_rating: 'great' }), [['#/lead/credit_rating', 'invalid_field']]],
	['a choice as a number', ping({}, { credit_rating: 1 }), [['#/lead/credit_rating', 'invalid_field']]],
	['a text for a number', ping({}, { age: '44' }), [['#/lead/age', 'invalid_field']]],
	['a broken number', ping({}, { age: 44.5 }), [['#/lead/age', 'invalid_field']]],
	['a number that is too small', ping({}, { age: 17 }), [['#/lead/age', 'invalid_field']]],
	['a number that is too large', ping({}, { age: 1e30 }), [['#/lead/age', 'invalid_field']]],
	['a text for a boolean', ping({}, { home_owner: 'true' }), [['#/lead/home_owner', 'invalid_field']]],
	['an object for a boolean', ping({}, { home_owner: {} }), [['#/lead/home_owner', 'invalid_field']]],
	['a date that is none', ping({}, { start: '2026-02-30' }), [['#/lead/start', 'invalid_field']]],
	['a date in another form', ping({}, { start: '02/28/2026' }), [['#/lead/start', 'invalid_field']]],
	['an amount that is none', ping({}, { income: '1.2.3' }), [['#/lead/income', 'invalid_field']]],
	['an amount with five decimals', ping({}, { income: '1.23456' }), [['#/lead/income', 'invalid_field']]],
	['an address that is no URL', ping({}, { site: 'javascript:alert(1)' }), [['#/lead/site', 'invalid_field']]],
	['a text that is too long', ping({}, { note: 'x'.repeat(41) }), [['#/lead/note', 'invalid_field']]],
	['markup', ping({}, { note: '<script>alert(1)</script>' }), [['#/lead/note', 'markup_in_data']]],
	['a list that is too long', ping({}, { tags: ['a', 'b', 'c', 'd'] }), [['#/lead/tags', 'invalid_field']]],
	['a list that is too short', ping({}, { drivers: [] }), [['#/lead/drivers', 'invalid_field']]],
	['a text for a list', ping({}, { tags: 'a' }), [['#/lead/tags', 'invalid_field']]],
	['a text within a list of objects', ping({}, { drivers: ['x'] }), [['#/lead/drivers/0', 'invalid_field']]],
	['a fault in a list\'s second entry', ping({}, { drivers: [{ birth_date: '1980-01-01' }, { gender: 'x' }] }),
		[['#/lead/drivers/1/birth_date', 'missing_field'], ['#/lead/drivers/1/gender', 'invalid_field']]],
	['an unknown field within an object', ping({}, { residence: { status: 'own', x: 1 } }), [['#/lead/residence/x', 'unknown_member']]],
	['a list for an object', ping({}, { residence: [] }), [['#/lead/residence', 'invalid_field']]],
	['what another field asks for', ping({}, { currently_insured: true }), [['#/lead/current_company', 'missing_field']]],
	['a name in a ping', ping({}, { first_name: 'Ann' }), [['#/lead/first_name', 'invalid_field']]],
	['an e-mail address in a ping', ping({}, { email: 'ann@example.com' }), [['#/lead/email', 'invalid_field']]],
	['a telephone number in a ping', ping({}, { phone: '2125550123' }), [['#/lead/phone', 'invalid_field']]],
	['a social security number in a ping', ping({}, { ssn: '123-45-6789' }), [['#/lead/ssn', 'invalid_field']]],
	['every fault at once', ping({ x: 1, min_price: 'free' }, { zip: '1', age: 'x', email: 'ann@example.com' }),
		[['#/x', 'unknown_member'], ['#/min_price', 'invalid_field'], ['#/lead/zip', 'invalid_field'], ['#/lead/age', 'invalid_field'],
			['#/lead/email', 'invalid_field']]],
	['a number for money', ping({ min_price: 4 }), [['#/min_price', 'invalid_field']]],
	['money below zero', ping({ min_price: '-4.00' }), [['#/min_price', 'invalid_field']]],
	['more money than there is', ping({ min_price: '9'.repeat(30) }), [['#/min_price', 'invalid_field']]],
	['no sale at all', ping({ max_sales: 0 }), [['#/max_sales', 'invalid_field']]],
	['a broken number of sales', ping({ max_sales: 1.5 }), [['#/max_sales', 'invalid_field']]],
	['a text for consent', ping({ consent: 'yes' }), [['#/consent', 'invalid_field']]],
	['a text for a consent\'s boolean', ping({ consent: { tcpa: 'yes' } }), [['#/consent/tcpa', 'invalid_field']]],
	['a source that is too long', ping({ source: { sub1: 'x'.repeat(300) } }), [['#/source/sub1', 'invalid_field']]],
	['a hash that is too short', ping({ hashes: { phone_sha256: 'abc' } }), [['#/hashes/phone_sha256', 'invalid_field']]],
	['a hash that is not hexadecimal', ping({ hashes: { email_md5: 'g'.repeat(32) } }), [['#/hashes/email_md5', 'invalid_field']]],
	['a time that is none', ping({ event: { created_at: 'yesterday' } }), [['#/event/created_at', 'invalid_field']]],
	['a session before it began', ping({ event: { session_seconds: -1 } }), [['#/event/session_seconds', 'invalid_field']]],
];

const others = [
	['a lead without its contact', '/v1/lead', ping(), 422, {},
		[['#/lead/first_name', 'missing_field'], ['#/lead/email', 'missing_field'], ['#/lead/phone', 'missing_field']]],
	['an e-mail address without a domain', '/v1/lead', { campaign: C, lead: { ...whole(), email: 'ann@' } }, 422, {}, [['#/lead/email', 'invalid_field']]],
	['a telephone number that is too short', '/v1/lead', { campaign: C, lead: { ...whole(), phone: '555' } }, 422, {}, [['#/lead/phone', 'invalid_field']]],
	['a social security number of zeros', '/v1/lead', { campaign: C, lead: { ...whole(), ssn: '000-00-0000' } }, 422, {}, [['#/lead/ssn', 'invalid_field']]],
	['a post without its ping', '/v1/post', { lead: whole() }, 422, {}, [['#/ping_id', 'missing_field']]],
	['a ping\'s id of another kind', '/v1/post', { ping_id: `led_${'0'.repeat(26)}`, lead: whole() }, 422, {}, [['#/ping_id', 'invalid_field']]],
	['a bid\'s id that is none', '/v1/post', { ping_id: `png_${'0'.repeat(26)}`, bid_ids: ['x'], lead: whole() }, 422, {}, [['#/bid_ids/0', 'invalid_field']]],
	['a text for the list of bids', '/v1/post', { ping_id: `png_${'0'.repeat(26)}`, bid_ids: 'x', lead: whole() }, 422, {}, [['#/bid_ids', 'invalid_field']]],
	['a text for reping', '/v1/post', { ping_id: `png_${'0'.repeat(26)}`, reping: 'yes', lead: whole() }, 422, {}, [['#/reping', 'invalid_field']]],
	['a picture', '/v1/ping', 'GIF89a', 415, { 'Content-Type': 'image/gif' }],
	['a text type', '/v1/ping', JSON.stringify(ping()), 415, { 'Content-Type': 'text/plain' }],
	['a multipart form', '/v1/ping', '--x\r\n\r\n--x--', 415, { 'Content-Type': 'multipart/form-data; boundary=x' }],
	['a ping of more than 64 KiB', '/v1/ping', `{"campaign":"${C}","lead":{"zip":"90210","note":"${'x'.repeat(66000)}"}}`, 413, {}],
	['a form with a bad escape', '/v1/ping', `campaign=${C}&lead.zip=%zz`, 422, form, [['#/lead/zip', 'invalid_field']]],
	['a form with a name twice', '/v1/ping', `campaign=${C}&campaign=${C}&lead.zip=90210`, 400, form],
	['a form whose list has a hole', '/v1/ping', `campaign=${C}&lead.zip=90210&lead.drivers.5.gender=m`, 400, form],
	['a form with a value and a branch of one name', '/v1/ping', `campaign=${C}&lead=x&lead.zip=90210`, 400, form],
	['a form that is not UTF-8', '/v1/ping', `campaign=${C}&lead.zip=90210&lead.note=%ff`, 400, form],
	['XML that does not close', '/v1/ping', '<request><campaign>', 400, xml],
	['XML with another root', '/v1/ping', `<ping><campaign>${C}</campaign></ping>`, 400, xml],
	['XML with a DOCTYPE', '/v1/ping', `<!DOCTYPE request [<!ENTITY a "b">]><request><campaign>${C}</campaign><lead><zip>90210</zip></lead></request>`, 400, xml],
	['XML with an outside entity', '/v1/ping', '<!DOCTYPE r [<!ENTITY a SYSTEM "file:///etc/passwd">]><request><campaign>&a;</campaign></request>', 400, xml],
	['XML with an unknown entity', '/v1/ping', `<request><campaign>&nope;</campaign></request>`, 400, xml],
	['XML 1,000 elements deep', '/v1/ping', `<request>${'<a>'.repeat(1000)}${'</a>'.repeat(1000)}</request>`, 400, xml],
];

describe('bad input', () => {
	let acme;

	before(async () => {
		script('/bad-input/ping', bid(10));
		script('/bad-input/post', accepted());
		await apply(config.document({ verticals: [config.vertical(C)], campaigns: [config.campaign(C, C)], sellers: [config.seller(C, [C])],
			buyers: [config.simpleBuyer(C, C)] }));
		acme = new Seller(newKey(C));
		await ready(acme);
	});

	for (const [what, body, status] of malformed)
		test(`${what} is ${status}`, async () => {
			const answer = await acme.ping(body);

			expectProblem(answer, status);
			assert.match(answer.json.code, /^(malformed|too_deep)$/);
			assert.equal(answer.json.errors, undefined);
		});

	for (const [what, body, faults] of invalid)
		test(`${what} is a fault with its place`, async () => expectProblem(await acme.ping(body), 422, undefined, faults));

	for (const [what, path, body, status, headers, faults] of others)
		test(`${what} is ${status}`, async () => expectProblem(await acme.post(path, body, headers), status, undefined, faults));

	test('an answer never repeats a lead\'s values', async () => {
		const answer = await acme.lead({ campaign: C, lead: { ...whole(), email: 'zebedee@@example.com', phone: '21255501', note: '<b>zebedee</b>' } });

		expectStatus(answer, 422);
		assert.doesNotMatch(answer.text, /zebedee|21255501/);
	});

	test('what is at the edge is taken', async () => {
		expectStatus(await acme.ping(ping({ min_price: '0' }, { age: 18, note: 'é'.repeat(40), tags: ['a', 'b', 'c'] })), 200);
		expectStatus(await acme.ping(`\ufeff${JSON.stringify(ping())}`.slice(1)), 200);
		expectStatus(await acme.ping(pingText(' {"zip" : "90210" , "age" : 1.8e1 }\r\n\t')), 200);
		expectStatus(await acme.ping(pingText('{"zip":"90210","note":"\\ud83d\\ude00 \\u00e9","income":"1.2345","state":null}')), 200);
		expectStatus(await acme.ping(JSON.stringify(ping()), { 'Content-Type': 'application/json; charset=utf-8' }), 200);
	});

	test('no buyer saw any of it', async () => {
		for (const call of callsTo('/bad-input/ping'))
			assert.match(call.json.zip, /^[0-9]{5}$/);
		assert.equal(callsTo('/bad-input/post').length, 0);
	});

	after(async () => {
		expectStatus(await anonymous.get('/v1/health'), 200);
		for (let i = 0; i < 20; i++)
			assert.equal((await send('GET', '/v1/ready')).status, 200);
		expectStatus(await acme.ping(ping()), 200);
	});
});
