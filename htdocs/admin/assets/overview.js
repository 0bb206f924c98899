// Draws the table of the period as a graph. The page says everything without it.
(() => {
  const canvas = document.getElementById('chart');
  if (!canvas || typeof Chart === 'undefined') return;
  const rows = [...document.querySelectorAll('#series tbody tr')].map((tr) => [...tr.children].map((td) => td.textContent.trim()));
  const number = (text) => Number(text.replace(/[^0-9.-]/g, '')) || 0;
  const style = getComputedStyle(document.documentElement);
  const ink = style.getPropertyValue('--quiet').trim();
  const line = style.getPropertyValue('--line').trim();
  new Chart(canvas, {
    type: 'bar',
    data: {
      labels: rows.map((r) => r[0]),
      datasets: [
        { type: 'bar', label: 'Pings', data: rows.map((r) => number(r[1])), yAxisID: 'y', order: 2, backgroundColor: '#6f9fd8' },
        { type: 'line', label: 'Sold', data: rows.map((r) => number(r[3])), yAxisID: 'sold', order: 1, borderColor: '#2e9e63', backgroundColor: '#2e9e63' },
      ],
    },
    options: {
      responsive: true,
      maintainAspectRatio: false,
      animation: false,
      interaction: { mode: 'index', intersect: false },
      scales: {
        x: { ticks: { color: ink, maxRotation: 0, autoSkip: true }, grid: { color: line } },
        y: { beginAtZero: true, title: { display: true, text: 'Pings', color: ink }, ticks: { color: ink, precision: 0 }, grid: { color: line } },
        sold: { beginAtZero: true, position: 'right', title: { display: true, text: 'Sold', color: ink }, ticks: { color: ink, precision: 0 }, grid: { display: false } },
      },
      plugins: { legend: { labels: { color: ink } } },
    },
  });
})();
