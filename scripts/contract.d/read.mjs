// read: walks the contract.

export const follow = (contract, node) => (node?.$ref === undefined ? node
	: follow(contract, node.$ref.slice(2).split('/').reduce((at, name) => at[name], contract)));

export const nameOf = (node) => node?.$ref?.split('/').at(-1);

// Every operation with its path's parameters among its own, in the order of the tags.
export function operations(contract) {
	const all = Object.entries(contract.paths).flatMap(([path, item]) => Object.entries(item).filter(([method]) => method !== 'parameters')
		.map(([method, operation]) => ({ ...operation, path, method: method.toUpperCase(), keyed: operation.security === undefined,
			parameters: [...(item.parameters ?? []), ...(operation.parameters ?? [])] })));

	return contract.tags.map((tag) => ({ ...tag, operations: all.filter((o) => o.tags[0] === tag.name) }));
}
