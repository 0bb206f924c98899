// read: walks the contract.

export const follow = (contract, node) => (node?.$ref === undefined ? node
	: follow(contract, node.$ref.slice(2).split('/').reduce((at, name) => at[name], contract)));

export const nameOf = (node) => node?.$ref?.split('/').at(-1);

// Every operation with its path's parameters among its own, in the order of the tags.
export function operations(contract) {
	const all = Object.entries(contract.paths).flatMap(([path, item]) => Object.entries(item).filter(([method]) => method !== 'parameters')
		.map(([method, operation]) => ({ ...operation, path, method: method.toUpperCase(), keyed: operation.security === undefined,
			parameters: [...(item.parameters ?? []), ...(operation.parameters ?? [])] })));

	return contract.tags.map((tag) => ({ ...tag, operations: all.filter((o) => o.tags[0] === tag.name) })).filter((tag) => tag.operations.length > 0);
}

// What is sent to others, in the same shape; its path is the names of its events.
export function webhooks(contract) {
	const tag = contract.tags.find((t) => Object.values(contract.webhooks).every((item) => item.post.tags[0] === t.name));
	const typesOf = (item) => follow(contract, item.post.requestBody.content['application/json'].schema).properties.type.enum;

	return { ...tag, operations: Object.entries(contract.webhooks).map(([name, item]) => ({ ...item.post, method: 'POST', sent: true,
		path: (typesOf(item) ?? [name]).join(' '), parameters: item.post.parameters })) };
}
