// For buyers without an API: a scripted mail server on loopback and a folder for files. The system under test is told of both by its
// environment, so this stands before it starts.
import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { base } from './buyers.mjs';

// An addressee's script: { rcpt: '550 no' }, { end: '451 later' } (the answer to the whole message), { drop: true } (none, and closed).
const scripts = new Map();
const letters = [];

export const mailScript = (address, b) => scripts.set(address, b);
// The letters whose end arrived: { to, text }.
export const lettersTo = (address) => letters.filter((l) => l.to.includes(address));

function converse(socket) {
	let rest = '';
	let letter;
	let to = [];
	let b = {};
	const say = (text) => socket.write(`${text}\r\n`);

	function take(line) {
		if (letter !== undefined && line !== '.') {
			letter.push(line);
		} else if (letter !== undefined) {
			letters.push({ to, text: letter.join('\n') });
			letter = undefined;
			if (b.drop)
				socket.destroy();
			else
				say(b.end ?? '250 queued');
		} else if (line.startsWith('RCPT')) {
			const address = /<(.*)>/.exec(line)[1];

			b = scripts.get(address) ?? {};
			to.push(address);
			say(b.rcpt ?? '250 fine');
		} else if (line === 'DATA') {
			letter = [];
			say('354 go on');
		} else {
			to = line.startsWith('MAIL') ? [] : to;
			say('250 fine');
		}
	}

	say('220 mail.example.com ESMTP');
	socket.on('error', () => {});
	socket.on('data', (bytes) => {
		const lines = (rest + bytes.toString('latin1')).split('\r\n');

		rest = lines.pop();
		lines.forEach(take);
	});
}

const server = net.createServer(converse);

await new Promise((resolve) => { server.listen(0, '127.0.0.1', resolve); });
server.unref();
server.on('connection', (socket) => socket.unref());

const folder = mkdtempSync(path.join(process.env.GAVEL_TEST_DIR ?? os.tmpdir(), 'flow-drop-'));

chmodSync(folder, 0o777);
process.once('exit', () => rmSync(folder, { recursive: true, force: true }));

export const dropped = (name) => readFileSync(path.join(folder, name), 'utf8');

export const settings = { GAVEL_MAIL__SMTP_URL: `smtp://127.0.0.1:${server.address().port}`, GAVEL_MAIL__FROM: 'Exchange <leads@exchange.example.com>',
	GAVEL_DELIVERY__DROP_DIR: folder, GAVEL_ALERTS__WEBHOOK_URL: `${base}/alerts`, GAVEL_ALERTS__EMAIL: 'operator@example.com' };
