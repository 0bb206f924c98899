// The watchers watch: a bad page fails each of the checks that the other tests rely on.
import assert from 'node:assert/strict';
import http from 'node:http';
import { test } from 'node:test';
import { checkPage, checkQuiet, open, phone, shut } from './lib/browser.mjs';

test('a bad page is told from a good one', async () => {
	const server = http.createServer((request, response) => {
		response.setHeader('Content-Type', 'text/html; charset=utf-8');
		if (request.url === '/policy')
			response.setHeader('Content-Security-Policy', 'default-src \'none\'');
		response.end(request.url === '/wide' ? '<!doctype html><html lang="en"><title>A</title><main><h1>A</h1><pre style="width: 900px">x</pre></main></html>' :
			request.url === '/unlabelled' ? '<!doctype html><html lang="en"><title>A</title><main><h1>A</h1><input></main></html>' :
				'<!doctype html><html lang="en"><title>A</title><main><h1>A</h1></main><script>1</script></html>');
	});

	await new Promise((resolve) => { server.listen(0, '127.0.0.1', resolve); });
	const page = await open({ viewport: phone });
	const visit = (path) => page.goto(`http://127.0.0.1:${server.address().port}${path}`);

	await visit('/unlabelled');
	await assert.rejects(checkPage(page), /label/);
	await visit('/wide');
	await assert.rejects(checkPage(page), /wide on a screen of/);
	await visit('/good');
	await checkPage(page);
	checkQuiet(page);
	await visit('/policy');
	assert.throws(() => checkQuiet(page), /Content Security Policy/);
	await shut(page);
	server.close();
});
