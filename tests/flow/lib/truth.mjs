// What reports have to say, counted from the raw rows alone: SQL over leads, sales, clicks and spend, and the pings' packed decisions read
// here from the description of their layout, not by the product's code. Money is BigInt ten-thousandths.
import { sql } from './system.mjs';

const ACCEPTED = [3, 5, 6]; // sale states: accepted, returned, converted
const [OFFERED, TIMEOUT] = ['offered', 'timeout'];

// A count, then for each contract its id, its code with four bits of what follows, and that. How it was ranked has a byte of its own before it
// since layout 2.
export function decisionsOf(hex) {
	const bytes = Buffer.from(hex, 'hex');
	const list = [];
	let at = 1;

	const take = () => {
		let v = 0n;

		for (let shift = 0n; ; shift += 7n) {
			const b = bytes[at++];

			v |= BigInt(b & 0x7f) << shift;
			if (b < 0x80)
				return v;
		}
	};

	if (bytes.length === 0)
		return list;
	const layout = bytes[at - 1];

	if (layout !== 1 && layout !== 2)
		throw new Error('decisions of another layout');
	for (let n = Number(take()); n > 0; n--) {
		const d = { contract: Number(take()), cost: -1n, ms: -1 };
		const code = Number(take());

		d.code = code >> 4;
		if (code & 1) {
			at++;
			take();
		}
		if (code & 2)
			d.cost = take();
		if (code & 4)
			d.ms = Number(take());
		if (code & 8) {
			const ranked = layout === 1 ? 1 : bytes[at++];

			at += ranked & 1 ? 8 : 0;
			if (ranked & 2)
				take();
			at += ranked & 4 ? 16 : 0;
		}
		list.push(d);
	}
	return list;
}

export const amount = (v) => {
	const digits = String(v < 0n ? -v : v).padStart(5, '0');
	const decimals = digits.slice(-4).replace(/0{1,2}$/, '');

	return `${v < 0n ? '-' : ''}${digits.slice(0, -4)}.${decimals}`;
};

// Half to even.
export const divide = (above, below) => {
	if (below <= 0n)
		return undefined;
	const whole = (above < 0n ? -above : above) / below;
	const rest = (above < 0n ? -above : above) % below;
	const up = rest * 2n > below || (rest * 2n === below && whole % 2n === 1n) ? 1n : 0n;

	return above < 0n ? -(whole + up) : whole + up;
};

const blank = () => ({ pings: 0n, filled: 0n, asked: 0n, bids: 0n, bid_sum: 0n, won: 0n, won_sum: 0n, timeouts: 0n, posts: 0n, sold: 0n, attempts: 0n,
	accepted: 0n, recovered: 0n, returns: 0n, revenue: 0n, returned: 0n, payout: 0n, clicks: 0n, cost: 0n, ms: [], reasons: new Map() });

const instant = (text) => Date.parse(`${text.slice(0, 19).replace(' ', 'T')}Z`);
const big = (text) => BigInt(text);
const add = (map, key, n = 1n) => map.set(key, (map.get(key) ?? 0n) + n);

export class Truth {
	// names: codes by their numbers. Rows of live traffic that were made from `from` (a date) on.
	constructor(names, from) {
		this.code = (n) => names[n] ?? n;
		this.contracts = Object.fromEntries(sql('SELECT c.id, c.name, b.id, b.name FROM contract c JOIN buyer b ON b.name = c.owner')
			.map(([id, name, buyer, owner]) => [id, { name, buyer, owner }]));
		this.documents = new Map(sql('SELECT version, document FROM config_version')
			.map(([version, text]) => [version, JSON.parse(text.replaceAll('\\\\', '\\'))]));
		this.campaigns = Object.fromEntries(sql('SELECT id, name FROM campaign'));
		this.channels = Object.fromEntries(sql('SELECT id, name FROM channel'));
		this.pings = sql(`SELECT HEX(p.id), p.created_at, p.campaign_id, p.seller_id, p.status, HEX(p.decisions), p.version, COALESCE(k.channel_id, 0)
			FROM ping p LEFT JOIN click k ON k.id = p.click_id WHERE p.sandbox = 0 AND p.created_at >= '${from}'`);
		this.leads = sql(`SELECT HEX(l.id), l.created_at, l.campaign_id, l.seller_id, l.state, COALESCE(l.reason, 0), l.version,
			COALESCE(k.channel_id, 0), l.state = 2 AND EXISTS (SELECT 1 FROM sale s WHERE s.lead_id = l.id AND s.state = 4)
			FROM \`lead\` l LEFT JOIN click k ON k.id = l.click_id WHERE l.sandbox = 0 AND l.created_at >= '${from}'`);
		this.sales = sql(`SELECT s.created_at, s.campaign_id, s.seller_id, s.contract_id, s.state, s.currency, ROUND(s.cost * 10000), ROUND(s.price * 10000),
			COALESCE(d.reason, 0), COALESCE(k.channel_id, 0), l.version FROM sale s JOIN delivery d ON d.sale_id = s.id JOIN \`lead\` l ON l.id = s.lead_id
			LEFT JOIN click k ON k.id = l.click_id WHERE s.sandbox = 0 AND s.created_at >= '${from}'`);
		this.clicks = sql(`SELECT created_at, campaign_id, channel_id, currency, ROUND(cost * 10000) FROM click WHERE created_at >= '${from}'`);
		this.spend = sql(`SELECT channel_id, day, ROUND(amount * 10000), currency FROM spend WHERE day >= '${from.slice(0, 10)}'`);
	}

	campaignOf(version, id) {
		return this.documents.get(version).campaigns.find((c) => c.key === this.campaigns[id]);
	}

	channelOf(version, id) {
		return this.documents.get(version).channels?.find((c) => c.key === this.channels[id]);
	}

	// Sums by key(facts); several facts of one row go to one key. facts: at, campaign, seller, channel, currency. undefined: not counted.
	all(key) {
		const out = new Map();
		const of = (facts) => {
			const k = key(facts);

			if (k === undefined)
				return blank();
			if (!out.has(k))
				out.set(k, blank());
			return out.get(k);
		};

		for (const [, at, campaign, seller, status, hex, version, channel] of this.pings)
			this.ping(of({ at: instant(at), campaign, seller, channel, currency: this.campaignOf(version, campaign).currency }), status, hex);
		for (const [, at, campaign, seller, state, reason, version, channel, recovered] of this.leads) {
			const sums = of({ at: instant(at), campaign, seller, channel, currency: this.campaignOf(version, campaign).currency });
			const terms = this.channelOf(version, channel);

			sums.posts += 1n;
			sums.sold += state === '2' ? 1n : 0n;
			sums.recovered += big(recovered);
			if (state === '5' && reason !== '0')
				add(sums.reasons, this.code(Number(reason)));
			if (terms?.cost?.type === 'cpl' && state !== '5')
				sums.cost += BigInt(Math.round(Number(terms.cost.amount) * 10000));
		}
		for (const row of this.sales)
			this.sale(of({ at: instant(row[0]), campaign: row[1], seller: row[2], channel: row[9], currency: row[5] }), row, true);
		for (const [at, campaign, channel, currency, cost] of this.clicks) {
			const sums = of({ at: instant(at), campaign, seller: '0', channel, currency });

			sums.clicks += 1n;
			sums.cost += big(cost);
		}
		for (const [channel, day, cost, currency] of this.spend)
			of({ at: instant(`${day} 00:00:00`), campaign: undefined, seller: '0', channel, currency }).cost += big(cost);
		return out;
	}

	ping(sums, status, hex) {
		sums.pings += 1n;
		sums.filled += status === '1' ? 1n : 0n;
		const list = decisionsOf(hex);

		if (status === '3') {
			if (list.length > 0)
				add(sums.reasons, this.code(list[0].code));
			return;
		}
		for (const d of list)
			this.decision(sums, d);
	}

	decision(sums, d) {
		const code = this.code(d.code);

		if (code !== OFFERED)
			add(sums.reasons, code);
		if (d.ms < 0 && d.cost < 0n)
			return;
		sums.asked += 1n;
		sums.bids += d.cost >= 0n ? 1n : 0n;
		sums.bid_sum += d.cost >= 0n ? d.cost : 0n;
		sums.won += code === OFFERED ? 1n : 0n;
		sums.won_sum += code === OFFERED ? d.cost : 0n;
		sums.timeouts += code === TIMEOUT ? 1n : 0n;
		if (d.ms >= 0)
			sums.ms.push(d.ms);
	}

	sale(sums, [, , , , state, , cost, price, reason, channel, version], shared) {
		const taken = ACCEPTED.includes(Number(state));
		const stands = taken && state !== '5';
		const terms = this.channelOf(version, channel);

		sums.attempts += 1n;
		sums.accepted += taken ? 1n : 0n;
		sums.returns += state === '5' ? 1n : 0n;
		sums.revenue += taken ? big(cost) : 0n;
		sums.returned += state === '5' ? big(cost) : 0n;
		sums.payout += stands ? big(price) : 0n;
		if (shared && stands && terms?.cost?.type === 'revshare')
			sums.cost += divide(big(cost) * BigInt(Math.round(Number(terms.cost.percent) * 10000)), 1000000n);
		if (state === '4') {
			const code = this.code(Number(reason));

			add(sums.reasons, /^(rejected_|re_ping|outcome_unknown|not_sent)/.test(code) ? code : 'rejected_other');
		}
	}

	// By buyer's name: what each took part in.
	buyers(wanted) {
		const out = new Map();
		const of = (contract) => {
			const { owner } = this.contracts[contract];

			if (!out.has(owner))
				out.set(owner, blank());
			return out.get(owner);
		};

		for (const [, at, , , status, hex] of this.pings)
			for (const d of status !== '3' && wanted(instant(at)) ? decisionsOf(hex) : []) {
				if (d.ms < 0 && d.cost < 0n)
					continue;
				this.decision(of(d.contract), d);
				of(d.contract).pings += 1n;
			}
		for (const row of this.sales)
			if (wanted(instant(row[0]))) {
				of(row[3]).posts += 1n;
				this.sale(of(row[3]), row, false);
			}
		return out;
	}
}
