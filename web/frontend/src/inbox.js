// The three-pane shell `body.app-inbox`: on a phone one pane at a time, and the bar that counts selected rows.
import { onContent } from './content.js';

function showPane(pane) {
  document.body.classList.toggle('show-document', pane === 'document');
  document.body.classList.toggle('show-list', pane === 'list');
}

function markCurrent(link) {
  const list = link.closest('[data-rows]');
  for (const other of list?.querySelectorAll('[aria-current]') ?? []) other.removeAttribute('aria-current');
  link.setAttribute('aria-current', 'true');
}

function countSelection() {
  const bar = document.querySelector('[data-bulk-bar]');
  if (!bar) return;
  const count = document.querySelectorAll('[data-row-select]:checked').length;
  bar.hidden = count === 0;
  for (const place of bar.querySelectorAll('[data-bulk-count]')) place.textContent = count;
}

function selectAll(on) {
  for (const box of document.querySelectorAll('[data-row-select]:not(:disabled)')) box.checked = on;
  countSelection();
}

function click(event) {
  if (event.target.closest('[data-show-list]')) {
    event.preventDefault();
    showPane('list');
    history.replaceState(history.state, '', event.target.closest('a').href);
    document.querySelector('[data-rows] [aria-current]')?.focus();
  }
  const link = event.target.closest('[data-row-open]');
  if (link) markCurrent(link);
  if (event.target.closest('[data-bulk-clear]')) selectAll(false);
}

export function startInbox() {
  document.addEventListener('click', click);
  document.addEventListener('change', (event) => {
    if (event.target.matches?.('[data-select-all]')) selectAll(event.target.checked);
    else if (event.target.matches?.('[data-row-select]')) countSelection();
  });
  document.addEventListener('htmx:after:swap', (event) => {
    const { target, response } = event.detail.ctx;
    if (target?.id !== 'document' || !document.body.classList.contains('app-inbox')) return;
    showPane('document');
    target.scrollTop = 0;
    if (response?.status < 400) target.focus({ preventScroll: true });
  });
  onContent(countSelection);
}
