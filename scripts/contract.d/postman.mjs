// postman: the contract as a Postman collection (v2.1). Requests stand in an order in which they can be run from top to bottom: each keeps
// the ids that it was given for those behind it, and says whether its answer's status is one of the contract.
import { follow, nameOf, operations } from './read.mjs';

const SCHEMA = 'https://schema.getpostman.com/json/collection/v2.1.0/collection.json';

// What the user fills in, and what requests fill in.
const VARIABLES = [
	['base_url', 'https://leads.example.com', 'Where Gavel runs'],
	['api_key', '', 'A seller\'s key; gvk_test_... calls no real buyer'],
	['admin_key', '', 'An operator\'s key, for the folder Operators and for spend'],
	['campaign', 'auto', 'A campaign of the seller'],
	['channel', 'search-auto', 'A channel'],
	['form', 'auto-quote', 'A form'],
	['buyer', 'evergreen', 'The buyer who sends postbacks'],
	['postback_secret', '', 'whsec_..., of gavelctl postback-secret show BUYER'],
	['postback_token', '', 'Of gavelctl postback-secret show BUYER --token'],
	['owner', 'seller:house', 'Whose webhooks are switched on'],
	...['ping', 'lead', 'sale', 'return', 'webhook'].map((name) => [`${name}_id`, '', 'Filled in by the requests']),
];

// Schemas of ids, and the variable that holds one.
const IDS = { PingId: 'ping_id', LeadId: 'lead_id', SaleId: 'sale_id', ReturnId: 'return_id', WebhookId: 'webhook_id' };

// Which ids an answer brings.
const KEEPS = {
	ping: { ping_id: 'd.ping_id' },
	post: { lead_id: 'd.lead_id', sale_id: 'd.sales?.[0]?.sale_id' },
	lead: { lead_id: 'd.lead_id', sale_id: 'd.sales?.[0]?.sale_id' },
	returnList: { return_id: 'd.returns?.[0]?.return_id' },
	webhookList: { webhook_id: 'd.webhooks?.[0]?.id' },
};

// Standard Webhooks, over the body as it will be sent.
const SIGN = [
	'const id = `msg_${pm.variables.replaceIn(\'{{$guid}}\')}`;',
	'const at = String(Math.floor(Date.now() / 1000));',
	'const key = CryptoJS.enc.Base64.parse(pm.variables.get(\'postback_secret\').replace(/^whsec_/, \'\'));',
	'const body = pm.variables.replaceIn(pm.request.body.raw);',
	'const mac = CryptoJS.HmacSHA256(`${id}.${at}.${body}`, key).toString(CryptoJS.enc.Base64);',
	'',
	'pm.request.body.update({ mode: \'raw\', raw: body });',
	'for (const [name, value] of [[\'webhook-id\', id], [\'webhook-timestamp\', at], [\'webhook-signature\', `v1,${mac}`]])',
	'\tpm.request.headers.upsert({ key: name, value });',
];

const bearer = (variable) => ({ type: 'bearer', bearer: [{ key: 'token', value: `{{${variable}}}`, type: 'string' }] });
const script = (listen, lines) => ({ listen, script: { type: 'text/javascript', exec: lines } });

function testsOf(operation) {
	const statuses = Object.keys(operation.responses);
	const lines = [
		`const statuses = ${JSON.stringify(statuses)};`,
		'const status = String(pm.response.code);',
		'',
		'pm.test(\'the status is one of the contract\', () => pm.expect(statuses.includes(status) || statuses.includes(`${status[0]}XX`)).to.equal(true));',
	];

	if (KEEPS[operation.operationId])
		lines.push('if (pm.response.code < 300) {', '\tconst d = pm.response.json();', '',
			...Object.entries(KEEPS[operation.operationId]).map(([name, from]) => `\tif (${from}) pm.collectionVariables.set('${name}', ${from});`), '}');
	return script('test', lines);
}

function urlOf(contract, operation) {
	const parameters = operation.parameters.map((p) => follow(contract, p));
	const known = (p) => IDS[nameOf(p.schema)] ?? p.name;
	const query = parameters.filter((p) => p.in === 'query').map((p) => ({ key: p.name, value: p.required && IDS[nameOf(p.schema)] === undefined ? 'contacted'
		: IDS[nameOf(p.schema)] ? `{{${known(p)}}}` : [p.example ?? ''].flat().join(','), description: p.description ?? '',
	disabled: !p.required && p.name !== 'group_by' && !(operation.operationId === 'postbackByUrl' && p.name === 'sale_id') }));

	if (operation.operationId === 'postbackByUrl')
		query.push({ key: 'token', value: '{{postback_token}}' });
	const path = operation.path.slice(1).split('/').map((part) => part.replace(/^\{(.*)\}$/, ':$1'));
	const sent = query.filter((q) => !q.disabled).map((q) => `${q.key}=${q.value}`).join('&');

	return { raw: `{{base_url}}/${path.join('/')}${sent && `?${sent}`}`, host: ['{{base_url}}'], path, ...(query.length > 0 && { query }),
		variable: parameters.filter((p) => p.in === 'path').map((p) => ({ key: p.name, value: `{{${known(p)}}}`, description: p.description ?? '' })) };
}

// The contract's example, with variables in the place of what only this installation knows.
function bodyOf(contract, operation) {
	const json = follow(contract, operation.requestBody)?.content['application/json'];
	const text = json && JSON.stringify(json.example, (name, value) => (['campaign', 'channel'].includes(name) || Object.values(IDS).includes(name) ? `{{${name}}}` : value), 2);

	return text && { mode: 'raw', raw: text, options: { raw: { language: 'json' } } };
}

function authOf(operation) {
	if (!operation.keyed)
		return { type: 'noauth' };
	return operation['x-operator'] ? bearer('admin_key') : undefined;
}

function itemOf(contract, operation) {
	const auth = authOf(operation);
	const body = bodyOf(contract, operation);
	const header = [...(body ? [{ key: 'Content-Type', value: 'application/json' }] : []), ...operation.parameters.map((p) => follow(contract, p))
		.filter((p) => p.in === 'header').map((p) => ({ key: p.name, value: '{{$guid}}', description: p.description, disabled: true }))];

	if (follow(contract, operation.responses['200'])?.content?.['text/html'] && operation.method === 'GET')
		header.push({ key: 'Accept', value: 'text/html' });
	return { name: operation.summary, event: [...(operation.operationId === 'postback' ? [script('prerequest', SIGN)] : []), testsOf(operation)],
		...(operation.operationId === 'click' || operation.operationId === 'formBack' ? { protocolProfileBehavior: { followRedirects: false } } : {}),
		request: { method: operation.method, header, ...(auth && { auth }), ...(body && { body }), url: urlOf(contract, operation),
			description: operation.description ?? '' } };
}

export function collection(contract) {
	return `${JSON.stringify({
		info: { name: `${contract.info.title} ${contract.info.version}`, schema: SCHEMA,
			description: `${contract.info.summary}. Fill in the collection's variables \`base_url\` and \`api_key\`, then run the requests from top to bottom.` },
		auth: bearer('api_key'),
		variable: VARIABLES.map(([key, value, description]) => ({ key, value, description, type: 'string' })),
		item: operations(contract).map((tag) => ({ name: tag.name, description: tag.description, item: tag.operations.map((o) => itemOf(contract, o)) })),
	}, null, '\t')}\n`;
}
