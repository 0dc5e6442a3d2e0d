// How far a batch of moves is: asked every two seconds while it runs, less and less often while the server does not
// answer, and not at all while nobody looks. The work itself needs no page.
import { say } from './words.js';

const SECONDS = 2;
const MOST_SECONDS = 30;

let timer;
let failures = 0;

const section = () => document.getElementById('move-progress');
const runs = () => section()?.dataset.moveState === 'running';

function tell(words) {
  const line = section().querySelector('[data-move-said]');
  if (line) line.textContent = words ?? line.dataset.default;
}

// A part at a time, so that the focus stays where it is and no reader is read the whole section again.
function renew(fresh) {
  const shown = section();
  if (fresh.dataset.moveState !== shown.dataset.moveState) return location.reload();
  for (const part of fresh.querySelectorAll('[data-live]')) {
    const old = shown.querySelector(`[data-live="${part.dataset.live}"]`);
    if (part instanceof HTMLProgressElement) Object.assign(old, { max: part.max, value: part.value });
    else if (old.innerHTML !== part.innerHTML) old.innerHTML = part.innerHTML;
  }
}

async function ask() {
  const headers = { Accept: 'text/html', 'HX-Request': 'true' };
  const response = await fetch(section().dataset.move, { credentials: 'same-origin', cache: 'no-store', headers });
  if (response.status === 401) return tell(say('moveLoggedOut'));
  if (!response.ok) throw new Error(`${response.status}`);
  const answer = document.createElement('template');
  answer.innerHTML = await response.text();
  renew(answer.content.getElementById('move-progress'));
  tell();
  wait();
}

function wait() {
  clearTimeout(timer);
  if (runs()) timer = setTimeout(look, Math.min(SECONDS * 2 ** failures, MOST_SECONDS) * 1000);
}

async function look() {
  if (document.hidden || !runs()) return;
  try {
    await ask();
    failures = 0;
  } catch {
    failures += 1;
    tell(say('moveAway'));
    wait();
  }
}

export function startMoves() {
  if (!section()) return;
  document.addEventListener('visibilitychange', () => (document.hidden ? clearTimeout(timer) : look()));
  wait();
}
