// Forms that the tests of their pages and of other sites share: what they are, and a consumer on the last page of one.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { accepted, bid, callsTo, noBid, script } from './buyers.mjs';
import * as config from './config.mjs';
import { apply, env, sleep, sql } from './system.mjs';
import { Visitor } from './visitor.mjs';

export const LEAST_MS = 3200;
// Fields of each entry of the list that the form frm-many asks for.
export const MANY = 12;
export const site = 'https://www.site.example';
export const consentText = 'I agree that <Example & Sons> "may" call me at the number above.';
export const sha256 = (s) => createHash('sha256').update(s).digest('hex');

const formOf = (key, campaign, more = {}) => ({ key, campaign, seller: 'frm', origins: [site],
	steps: [{ title: 'Where you are', fields: ['zip', 'home_owner', 'currently_insured'] },
		{ title: 'Who drives', fields: ['current_company', 'drivers', 'residence'] },
		{ title: 'Where to reach you', fields: ['first_name', 'email', 'phone', 'note', 'site'] }],
	consent_text: consentText, thanks: { message: 'Thank you, we have it.' }, theme: { accent: '#0a7' }, ...more });

export const person = (() => {
	let serial = 0;

	return () => {
		serial += 1;
		return { first_name: 'Ann', email: `form${process.pid}.${serial}@example.com`, phone: `(312) 555-${String(1000 + serial)}` };
	};
})();

export const leads = () => Number(sql('SELECT COUNT(*) FROM `lead` l JOIN seller s ON s.id = l.seller_id WHERE s.name = \'frm\'')[0][0]);

export async function prepare() {
	script('/frm/ping', bid(12.34));
	script('/frm-go/ping', bid(10));
	script('/frm-go/post', accepted({ redirect: 'https://buyer.example/next?lead=1&x=<y>' }));
	script('/frm-none/ping', noBid());
	script('/frm-slow/ping', bid(10));
	script('/frm-slow/post', { ...accepted(), delay: 700 });
	script('/frm/post', accepted());
	script('/frm-long/ping', bid(10));
	script('/frm-long/post', { ...accepted(), delay: 5000 });
	const post = (key) => ({ ...config.postStep(`/${key}/post`), body: { json: { first_name: '{{lead.first_name}}', email: '{{lead.email}}',
		phone: '{{lead.phone}}', drivers: '{{lead.drivers}}', company: '{{lead.current_company}}', text: '{{consent.text}}', version: '{{consent.text_sha256}}',
		tcpa: '{{consent.tcpa}}', given: '{{consent.given_at}}', ip: '{{consent.ip}}', agent: '{{consent.user_agent}}', url: '{{consent.url}}',
		gpc: '{{consent.gpc}}', landing: '{{event.landing_url}}', seconds: '{{event.session_seconds}}', gclid: '{{source.gclid}}', sub1: '{{source.sub1}}',
		campaign: '{{source.utm_campaign}}', click: '{{source.click_id}}' } } });

	await apply(config.document({
		verticals: [config.vertical('frm'), { key: 'frm-many', name: 'Many', fields: [config.field('zip', 'zip', 'required', 'required'),
			config.field('things', 'list', 'no', 'optional', { max: 50, fields: Array.from({ length: MANY }, (_, i) =>
				config.field(`f${i}`, 'integer', 'no', 'required')) })] }, { key: 'frm-short', name: 'Short', fields: [config.field('zip', 'zip', 'required', 'required'),
			config.field('email', 'email', 'no', 'required', { pii: true }), config.field('must', 'text', 'no', 'required')] }],
		campaigns: ['frm', 'frm-go', 'frm-none', 'frm-slow'].map((key) => config.campaign(key, 'frm'))
			.concat(config.campaign('frm-many', 'frm-many'), config.campaign('frm-long', 'frm', { post_timeout_ms: 9000, post_deadline_ms: 12000 }), config.campaign('frm-short', 'frm-short'), config.campaign('frm-closed', 'frm', {}, { status: 'paused' })),
		sellers: [config.seller('frm', ['frm', 'frm-go', 'frm-none', 'frm-slow', 'frm-long', 'frm-many', 'frm-short', 'frm-closed'])],
		buyers: ['frm', 'frm-go', 'frm-none', 'frm-slow', 'frm-long'].map((key) => config.simpleBuyer(key, key, { post: post(key) })),
		channels: [{ key: 'frm', name: 'Forms', campaign: 'frm', landing_url: `${env.GAVEL_HTTP_URL}/f/frm`, cost: { type: 'cpc', amount: '0.3333' } }],
		forms: [{ key: 'frm-many', campaign: 'frm-many', seller: 'frm', steps: [{ title: 'Things', fields: ['zip', 'things'] }], consent_text: 'Yes.' }, formOf('frm', 'frm'), formOf('frm-go', 'frm-go'), formOf('frm-none', 'frm-none'), formOf('frm-slow', 'frm-slow'), formOf('frm-long', 'frm-long'),
			formOf('frm-closed', 'frm-closed'), formOf('frm-away', 'frm', { thanks: { redirect_url: 'https://www.site.example/thanks' } }),
			{ key: 'frm-short', campaign: 'frm-short', seller: 'frm', steps: [{ title: 'One', fields: ['zip', 'email'] }], consent_text: 'Yes.' }],
	}));
}

export const onLast = async (key, { link = '', headers = {}, first = {}, from = undefined } = {}) => {
	const v = await new Visitor(headers, from).open(`/f/${key}${link}`);

	await v.fill({ zip: '90210', currently_insured: 'no', ...first }).press();
	await v.fill({ 'drivers.0.birth_date': '1980-02-03', 'drivers.0.gender': 'f' }).press();
	assert.equal(v.title, 'Where to reach you', v.html);
	return v;
};
export const complete = (v, more = {}) => v.fill({ ...person(), consent: 'yes', ...more });

export const sentTo = (email, key = 'frm') => callsTo(`/${key}/post`).filter((c) => c.json?.email === email);
export const sold = async (v, mine) => {
	await sleep(LEAST_MS);
	await v.fill({ ...mine, consent: 'yes' }).press();
	return v;
};
