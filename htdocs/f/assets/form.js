// Within another site's frame: tells the page around it how high the form is, and where its visitor is to go on. Nothing here is needed
// to fill the form in.
(() => {
	'use strict';
	const next = document.getElementById('next');
	const tell = (message) => window.parent.postMessage({ gavel: 1, ...message }, '*');

	if (window.parent === window)
		return;
	new ResizeObserver(() => tell({ height: Math.ceil(document.documentElement.getBoundingClientRect().height) })).observe(document.body);
	tell({ page: document.title, height: Math.ceil(document.documentElement.getBoundingClientRect().height) });
	if (next !== null)
		tell({ next: next.href });
})();
