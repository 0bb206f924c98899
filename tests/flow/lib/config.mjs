// Configuration for tests, spelt as an operator would. Every test file has keys of its own, so that none disturbs another.
import { base } from './buyers.mjs';

const reply = (rules, more) => ({ format: 'json', rules: rules.map(([value, outcome]) => ({ when: { path: '/status', op: 'eq', value }, outcome })),
	ref: { path: '/ref' }, reason: { path: '/reason' }, ...more });

export const field = (name, type, ping, post, more = {}) => ({ name, type, ping, post, ...more });

// A vertical with a field of each kind that tests need.
export const vertical = (key, extra = []) => ({ key, name: `Vertical ${key}`, fields: [
	field('zip', 'zip', 'required', 'required'),
	field('state', 'state', 'optional', 'optional'),
	field('credit_rating', 'choice', 'optional', 'optional', { values: ['excellent', 'good', 'fair', 'poor'] }),
	field('age', 'integer', 'optional', 'optional', { min: 18, max: 120 }),
	field('income', 'money', 'optional', 'optional'),
	field('home_owner', 'boolean', 'optional', 'optional'),
	field('start', 'date', 'optional', 'optional'),
	field('site', 'url', 'optional', 'optional'),
	field('note', 'text', 'optional', 'optional', { max: 40 }),
	field('tags', 'list', 'optional', 'optional', { max: 3 }),
	field('currently_insured', 'boolean', 'optional', 'optional'),
	field('current_company', 'text', 'required_if', 'required_if', { max: 80, if: { field: 'lead.currently_insured', op: 'eq', value: true } }),
	field('drivers', 'list', 'optional', 'optional', { min: 1, max: 2, fields: [
		field('gender', 'choice', 'optional', 'optional', { values: ['m', 'f'] }),
		field('birth_date', 'date', 'required', 'required', { pii: true }) ] }),
	field('residence', 'object', 'optional', 'optional', { fields: [
		field('status', 'choice', 'optional', 'optional', { values: ['own', 'rent'] }),
		field('years', 'integer', 'optional', 'optional', { min: 0, max: 100 }) ] }),
	field('first_name', 'text', 'no', 'required', { pii: true, max: 60 }),
	field('email', 'email', 'no', 'required', { pii: true }),
	field('phone', 'phone', 'no', 'required', { pii: true }),
	field('ssn', 'ssn', 'no', 'optional'),
	...extra ] });

export const campaign = (key, verticalKey, routing = {}, more = {}) => ({ key, vertical: verticalKey, currency: 'USD', status: 'active',
	routing: { strategy: 'highest_bid', max_sales: 1, ping_timeout_ms: 800, bid_ttl_s: 60, post_timeout_ms: 1000, post_deadline_ms: 5000,
		reserve_price: '1.00', ...routing },
	payout: { type: 'revshare', percent: '80' }, ...more });

export const seller = (key, campaigns, more = {}) => ({ key, name: `Seller ${key}`, status: 'active', campaigns, ...more });

export const pingStep = (path, more = {}) => ({ method: 'POST', url: base + path,
	body: { json: { zip: '{{lead.zip}}', state: '{{lead.state}}', credit: '{{lead.credit_rating}}', lead_id: '{{lead_id}}', sub1: '{{source.sub1}}' } },
	reply: reply([['bid', 'bid']], { price: { path: '/price' } }), ...more });

export const postStep = (path, more = {}) => ({ method: 'POST', url: base + path,
	body: { json: { zip: '{{lead.zip}}', first_name: '{{lead.first_name}}', email: '{{lead.email}}', phone: '{{lead.phone}}', ref: '{{ping.ref}}',
		price: '{{bid.price}}', lead_id: '{{lead_id}}', sale_id: '{{sale_id}}' } },
	reply: reply([['accepted', 'accepted'], ['pending', 'pending'], ['rejected', 'rejected']],
		{ redirect_url: { path: '/redirect' }, reasons: { 'dup*': 'rejected_duplicate' } }), ...more });

// The contract KEY of the buyer KEY, asked at /KEY/ping and /KEY/post.
export const contract = (key, campaignKey, more = {}) => ({ key, campaign: campaignKey, status: 'active', sale: 'exclusive',
	price: { type: 'bid', min: '0.50', max: '100.00' }, ping: pingStep(`/${key}/ping`), post: postStep(`/${key}/post`), ...more });

export const buyer = (key, contracts, more = {}) => ({ key, name: `Buyer ${key}`, status: 'active', contracts, ...more });

// One buyer with one contract of the same name.
export const simpleBuyer = (key, campaignKey, more = {}) => buyer(key, [contract(key, campaignKey, more)]);

export const document = (parts) => ({ gavel: 1, ...parts });

export const lead = (more = {}) => ({ zip: '90210', credit_rating: 'good', ...more });

let serial = 0;

// A whole lead of somebody new.
export const wholeLead = (more = {}) => {
	serial += 1;
	return { ...lead(), first_name: 'Ann', email: `ann${process.pid}.${serial}@example.com`,
		phone: `212555${String(1000 + (serial % 9000))}`, ...more };
};
