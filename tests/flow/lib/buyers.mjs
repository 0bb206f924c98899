// Scripted buyers: one HTTP server on loopback, each of whose paths does as its script says, and a log of what arrived.
import http from 'node:http';

// A script is a behaviour, a list of behaviours (one for each call, the last repeated), or a function of the call that gives one:
//   { json } or { text, type }   the answer's body; status: 200 unless said, headers
//   { delay: MS }                answers so much later
//   { stall: true }              never answers
//   { reset: true }              resets the connection instead of answering
//   { cut: true }                half a body, then a reset
const scripts = new Map();
const calls = [];
const held = new Set();

function answer(request, response, b) {
	const body = b.json !== undefined ? JSON.stringify(b.json) : b.text ?? '';

	if (b.reset) {
		request.socket.resetAndDestroy();
		return;
	}
	response.statusCode = b.status ?? 200;
	response.setHeader('Content-Type', b.type ?? 'application/json');
	for (const [name, value] of Object.entries(b.headers ?? {}))
		response.setHeader(name, value);
	if (!b.cut) {
		response.end(body);
		return;
	}
	response.setHeader('Content-Length', Buffer.byteLength(body));
	response.write(body.slice(0, Math.ceil(body.length / 2)), () => request.socket.resetAndDestroy());
}

function handle(request, response, text) {
	const path = request.url.split('?')[0];
	const script = scripts.get(path);
	const call = { path, url: request.url, method: request.method, headers: request.headers, text, at: Date.now(), port: request.socket.remotePort };
	let b = script;

	try {
		call.json = JSON.parse(text);
	} catch {
		call.json = undefined;
	}
	calls.push(call);
	if (typeof script === 'function')
		b = script(call, callsTo(path).length);
	else if (Array.isArray(script))
		b = script[Math.min(callsTo(path).length, script.length) - 1];
	b ??= { status: 404, json: { status: 'no such buyer' } };
	if (b.stall) {
		held.add(response);
		response.on('close', () => held.delete(response));
	} else {
		setTimeout(() => answer(request, response, b), b.delay ?? 0).unref();
	}
}

const server = http.createServer({ keepAliveTimeout: 60000 }, (request, response) => {
	const parts = [];

	request.on('data', (part) => parts.push(part));
	request.on('error', () => {});
	request.on('end', () => handle(request, response, Buffer.concat(parts).toString()));
});

await new Promise((resolve) => { server.listen(0, '127.0.0.1', resolve); });
server.unref();
// Nor does a connection that the exchange keeps, and comes back to, hold up the end.
server.on('connection', (socket) => socket.unref());

export const base = `http://127.0.0.1:${server.address().port}`;

export function script(path, behaviour) {
	scripts.set(path, behaviour);
	return base + path;
}

export const callsTo = (path) => calls.filter((c) => c.path === path);

export const bid = (price, more = {}) => ({ json: { status: 'bid', price, ref: 'r-1', ...more } });
export const noBid = (reason = 'not_interested') => ({ json: { status: 'none', reason } });
export const accepted = (more = {}) => ({ json: { status: 'accepted', ref: 'l-1', ...more } });
export const rejected = (reason = 'dup lead') => ({ json: { status: 'rejected', reason } });
