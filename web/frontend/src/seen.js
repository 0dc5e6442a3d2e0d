// A task that opened by itself after a decision counts as opened only when its reader does something in it, or has it
// before them for some seconds: until then whoever decided before can still take that back.
import { onContent } from './content.js';
import { post } from './http.js';

const SECONDS = 5;
// No 'scroll': a pane that is filled anew scrolls by itself, without anybody having looked.
const DELIBERATE = ['pointerdown', 'wheel', 'touchmove', 'keydown'];

function watch(mark) {
  const pane = mark.closest('.pane-document') ?? mark;
  const url = mark.dataset.unseen;
  let left = SECONDS;
  const stop = () => {
    clearInterval(timer);
    for (const name of DELIBERATE) pane.removeEventListener(name, seen, true);
  };
  const seen = () => {
    stop();
    if (!mark.isConnected) return;
    mark.removeAttribute('data-unseen');
    post(url, null, { keepalive: true }).catch(() => {}); // then it counts when it is decided
  };
  const timer = setInterval(() => {
    if (!mark.isConnected) return stop();
    if (!document.hidden && document.hasFocus()) left -= 1;
    if (left <= 0) seen();
  }, 1000);
  for (const name of DELIBERATE) pane.addEventListener(name, seen, { capture: true, passive: true });
}

const watched = new WeakSet();

export function startSeen() {
  onContent((root) => {
    for (const mark of root.querySelectorAll?.('[data-unseen]') ?? []) {
      if (watched.has(mark)) continue;
      watched.add(mark);
      watch(mark);
    }
  });
}
