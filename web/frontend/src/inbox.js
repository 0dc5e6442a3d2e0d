// The three-pane shell `body.app-inbox`: on a phone one pane at a time, and the bar that counts selected rows.
import { onContent } from './content.js';
import { startDrafts } from './drafts.js';
import { say } from './words.js';

const UNDO_MS = 12000;

function showPane(pane) {
  document.body.classList.toggle('show-document', pane === 'document');
  document.body.classList.toggle('show-list', pane === 'list');
}

function markCurrent(link) {
  const list = link.closest('[data-rows]');
  for (const other of list?.querySelectorAll('[aria-current]') ?? []) other.removeAttribute('aria-current');
  link.setAttribute('aria-current', 'true');
}

// In cents, as whole numbers: a sum of floating-point amounts would be off by a cent sooner or later.
function sumOf(boxes) {
  const cents = boxes.reduce((sum, box) => sum + BigInt((box.dataset.amount ?? '0').replace('.', '')), 0n);
  const amount = String(cents).padStart(3, '0');
  return `¥${amount.slice(0, -2).replace(/\B(?=(\d{3})+$)/g, ',')}.${amount.slice(-2)}`;
}

// Rows with a red flag want to be opened: they leave the selection, and the bar says how many.
const leftOut = new Set();

function leaveOutFlagged() {
  for (const box of document.querySelectorAll('[data-row-select][data-flagged]:checked')) {
    box.checked = false;
    leftOut.add(box.value);
  }
}

function countSelection() {
  const bar = document.querySelector('[data-bulk-bar]');
  if (!bar) return;
  leaveOutFlagged();
  const all = [...document.querySelectorAll('[data-row-select]:not([data-flagged])')];
  const boxes = all.filter((box) => box.checked);
  const count = boxes.length;
  bar.hidden = count + leftOut.size === 0;
  for (const part of bar.querySelectorAll('[data-bulk-figures], [type=submit]')) part.hidden = count === 0;
  for (const place of bar.querySelectorAll('[data-bulk-sum]')) place.textContent = sumOf(boxes);
  for (const place of bar.querySelectorAll('[data-bulk-count]')) place.textContent = count;
  const note = leftOut.size ? say('leftOut', { count: leftOut.size }) : '';
  for (const place of bar.querySelectorAll('[data-bulk-note]')) place.textContent = note;
  for (const box of document.querySelectorAll('[data-select-all]')) {
    (box.closest('[data-select-all-box]') ?? box).hidden = all.length + leftOut.size === 0;
    box.checked = count > 0 && count === all.length;
    box.indeterminate = count > 0 && count < all.length;
  }
}

function selectAll(on) {
  if (!on) leftOut.clear();
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
  const dialog = event.target.closest('dialog');
  if (dialog && event.target.closest('[data-close-dialog]')) {
    event.preventDefault();
    dialog.close();
  }
}

function showVerb(body) {
  const dialog = body.closest('dialog');
  for (const menu of document.querySelectorAll('details.menu[open]')) menu.open = false;
  if (!dialog.open) dialog.showModal();
  // What was refused, wherever it stands; else the first entry.
  const first = '.ts-control input, input:not([type=hidden]), select, textarea';
  (body.querySelector('[aria-invalid]') ?? body.querySelector(first))?.focus();
}

// What can be undone can be undone later too, from the menu of the task: the bar only reminds for a while.
function startUndoBar() {
  const bar = document.querySelector('[data-undo-bar]');
  if (bar) setTimeout(() => bar.matches(':hover, :focus-within') || bar.remove(), UNDO_MS);
}

export function startInbox() {
  startUndoBar();
  document.addEventListener('click', click);
  document.addEventListener('change', (event) => {
    if (event.target.matches?.('[data-select-all]')) selectAll(event.target.checked);
    else if (event.target.matches?.('[data-row-select]')) countSelection();
  });
  document.addEventListener('selection:changed', () => {
    leftOut.clear();
    countSelection();
  });
  document.addEventListener('htmx:after:swap', (event) => {
    const { target, response } = event.detail.ctx;
    if (target?.id === 'verb-body') return showVerb(target);
    if (target?.id !== 'document' || !document.body.classList.contains('app-inbox')) return;
    showPane('document');
    target.scrollTop = 0;
    if (response?.status < 400) target.focus({ preventScroll: true });
  });
  onContent(countSelection);
  startDrafts();
}
