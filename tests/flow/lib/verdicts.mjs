// A buyer's program: tells its verdicts by signed postbacks, and what the rows say of a sale afterwards.
import { createHmac, randomUUID } from 'node:crypto';
import { anonymous } from './api.mjs';
import { ctl, sql } from './system.mjs';

export const now = () => Math.floor(Date.now() / 1000);

// Standard Webhooks, made here from its description and not from the product's code.
export function sign(secret, body, { id = `msg_${randomUUID()}`, at = now() } = {}) {
	const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64');
	const mac = createHmac('sha256', key).update(`${id}.${at}.${body}`).digest('base64');

	return { 'webhook-id': id, 'webhook-timestamp': String(at), 'webhook-signature': `v1,${mac}` };
}

// The 16 bytes of led_… or sal_…, as SQL spells them.
export const hex = (prefixed) => {
	const digits = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
	let n = 0n;

	for (const c of prefixed.slice(4))
		n = n * 32n + BigInt(digits.indexOf(c));
	return n.toString(16).padStart(32, '0').slice(-32);
};

const secrets = new Map();

export const secretOf = (buyer) => {
	if (!secrets.has(buyer))
		secrets.set(buyer, ctl(['postback-secret', 'show', buyer]).out);
	return secrets.get(buyer);
};

export const say = (buyer, said, { secret = secretOf(buyer), query = '', ...how } = {}) =>
	anonymous.post(`/v1/postback/${buyer}${query}`, said, sign(secret, JSON.stringify(said), how));

// { sale: [entries, sum, moved], return: … } of an attempt.
export const ledgerOf = (sale) => Object.fromEntries(sql(`SELECT event, COUNT(*), SUM(amount), SUM(IF(amount < 0, -amount, 0)) FROM ledger_entry
	WHERE attempt_id = X'${hex(sale)}' GROUP BY event`).map(([event, n, sum, moved]) => [event, [Number(n), Number(sum), Number(moved)]]));
