// The figures beside the bell and the inbox stay true without a reload: a small answer is fetched every 25 seconds,
// not at all while nobody looks at the page, and less and less often while the server does not answer.
const SECONDS = 25;
const MOST_SECONDS = 300;

let bell;
let etag = '';
let timer;
let failures = 0;

function show(name, count) {
  for (const mark of document.querySelectorAll(`[data-count="${name}"]`)) {
    mark.textContent = count < 100 ? count : '99+';
    mark.hidden = count === 0;
  }
}

function take({ counts, label }) {
  for (const [name, count] of Object.entries(counts)) show(name, count);
  bell.setAttribute('aria-label', label);
  const spoken = document.querySelector('[data-live-label]');
  if (spoken && spoken.textContent !== label) spoken.textContent = label;
}

async function ask() {
  // Marked as a script's request, so that a session that has ended is refused instead of led to the log-in.
  const headers = { Accept: 'application/json', 'HX-Request': 'true', ...(etag && { 'If-None-Match': etag }) };
  const response = await fetch(bell.dataset.liveCounts, { credentials: 'same-origin', cache: 'no-store', headers });
  if (response.status === 401) return false;
  if (response.status !== 304) {
    if (!response.ok) throw new Error(`${response.status}`);
    take(await response.json());
    etag = response.headers.get('ETag') ?? '';
  }
  return true;
}

function wait() {
  clearTimeout(timer);
  const seconds = Math.min(SECONDS * 2 ** failures, MOST_SECONDS);
  timer = setTimeout(look, seconds * (900 + Math.random() * 200)); // not everybody's at the same moment
}

async function look() {
  clearTimeout(timer);
  if (document.hidden) return;
  try {
    if (!await ask()) return;
    failures = 0;
  } catch {
    failures += 1;
  }
  wait();
}

export function startLiveCounts() {
  bell = document.querySelector('[data-live-counts]');
  if (!bell) return;
  document.addEventListener('visibilitychange', () => (document.hidden ? clearTimeout(timer) : look()));
  wait();
}
