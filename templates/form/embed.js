// <script src="https://leads.example.com/f/embed.js" data-form="auto-quote" async></script>
// Shows a form where the script stands, on a site that the form names among its origins; elsewhere a link to the form. What the page's
// own address says of its visitor (utm_source, gclid, click_id, s1, ...) goes along.
(() => {
	'use strict';
	const script = document.currentScript;
	const { origin } = new URL(script.src);
	const key = script.dataset.form ?? '';
	const names = ['click_id', 'gclid', 'fbclid', 'msclkid', 's1', 's2', 's3', 's4', 's5', 'utm_source', 'utm_medium', 'utm_campaign', 'utm_term',
		'utm_content'];
	const here = new URL(window.location.href);
	const address = new URL(`/f/${encodeURIComponent(key)}`, origin);

	for (const name of names)
		if (here.searchParams.has(name))
			address.searchParams.set(name, here.searchParams.get(name));

	function link() {
		const a = document.createElement('a');

		a.href = address.href;
		a.textContent = script.dataset.title ?? 'Open the form';
		script.after(a);
	}

	function frame(name) {
		const f = document.createElement('iframe');
		let shown = false;

		address.searchParams.set('embed', '1');
		address.searchParams.set('page', here.origin + here.pathname);
		f.src = address.href;
		f.title = script.dataset.title ?? name;
		f.style.cssText = 'display: block; width: 100%; height: 40rem; border: 0;';
		window.addEventListener('message', (e) => {
			if (e.source !== f.contentWindow || e.origin !== origin || e.data?.gavel !== 1)
				return;
			if (Number.isFinite(e.data.height))
				f.style.height = `${Math.min(Math.max(e.data.height, 100), 20000)}px`;
			// A later step begins at its top, which may be out of sight.
			if (e.data.page !== undefined && shown && f.getBoundingClientRect().top < 0)
				f.scrollIntoView();
			shown ||= e.data.page !== undefined;
			if (typeof e.data.next === 'string' && /^https?:/.test(e.data.next))
				window.location.assign(e.data.next);
		});
		script.after(f);
	}

	fetch(`${origin}/f/${encodeURIComponent(key)}`, { headers: { Accept: 'application/json' }, credentials: 'omit' })
		.then((answer) => (answer.ok ? answer.json() : Promise.reject(new Error(`the form ${key} is not for this site`))))
		.then((form) => frame(form.name))
		.catch((e) => {
			console.warn(`gavel: ${e.message}`);
			link();
		});
})();
