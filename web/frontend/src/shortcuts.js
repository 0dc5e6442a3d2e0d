// Keys for people who decide a hundred times a day. Never inside a field, a dialog or an input method's composition.
// A button or link carries `data-key="a"`; a navigation link `data-go="i"` answers to g then i.
import { composes } from './composing.js';

const SEQUENCE_MS = 1200;
let goUntil = 0;

const typing = (event) =>
  composes(event) || event.ctrlKey || event.metaKey || event.altKey
  || event.target.closest?.('input:not([type=checkbox]):not([type=radio]), textarea, select, [contenteditable], .ts-wrapper, dialog');

const visible = (element) => element.checkVisibility?.() ?? element.offsetParent !== null;

function press(selector) {
  const element = [...document.querySelectorAll(selector)].find((found) => visible(found) && !found.disabled);
  if (!element) return false;
  element.focus({ preventScroll: true });
  element.click();
  return true;
}

// Verbs stand in a menu that is closed: its links answer all the same.
function pressVerb(key) {
  const link = document.querySelector(`[data-verb-key="${CSS.escape(key)}"]`);
  link?.click();
  return Boolean(link);
}

const rows = () => [...document.querySelectorAll('[data-row]')].filter(visible);

function currentRow() {
  const all = rows();
  return all.find((row) => row.contains(document.activeElement)) ?? all.find((row) => row.getAttribute('aria-current') || row.querySelector('[aria-current]'));
}

function move(step) {
  const all = rows();
  if (!all.length) return false;
  const position = all.indexOf(currentRow());
  const next = all[position < 0 ? 0 : Math.min(Math.max(position + step, 0), all.length - 1)];
  const link = next.querySelector('[data-row-open]') ?? next;
  link.focus();
  next.scrollIntoView({ block: 'nearest' });
  return true;
}

let lastSelected;

function select(range) {
  const row = currentRow();
  const box = row?.querySelector('[data-row-select]');
  if (!box) return false;
  const all = rows();
  if (range && lastSelected && all.includes(lastSelected)) {
    const [first, last] = [all.indexOf(lastSelected), all.indexOf(row)].sort((a, b) => a - b);
    for (const between of all.slice(first, last + 1)) check(between.querySelector('[data-row-select]'), true);
  } else {
    check(box, !box.checked);
  }
  lastSelected = row;
  return true;
}

function check(box, on) {
  if (!box || box.disabled || box.checked === on) return;
  box.checked = on;
  box.dispatchEvent(new Event('change', { bubbles: true }));
}

function focusSearch() {
  const field = [...document.querySelectorAll('[data-search]')].find(visible);
  field?.focus();
  field?.select();
  return Boolean(field);
}

function help() {
  document.getElementById('shortcut-help')?.showModal();
  return true;
}

function open() {
  const link = currentRow()?.querySelector('[data-row-open]');
  if (!link || document.activeElement === link) return false; // the focused link opens by itself
  link.click();
  return true;
}

const keys = {
  j: () => move(1),
  k: () => move(-1),
  x: () => select(false),
  X: () => select(true),
  '/': focusSearch,
  '?': help,
  Enter: () => document.activeElement === document.body && open(),
};

function handle(event) {
  // By when the keys were pressed, not by when a busy page gets round to them: a late "g r" must not reject.
  if (event.timeStamp < goUntil) {
    goUntil = 0;
    return press(`[data-go="${CSS.escape(event.key)}"]`);
  }
  if (event.key === 'g' && document.querySelector('[data-go]')) {
    goUntil = event.timeStamp + SEQUENCE_MS;
    return true;
  }
  if (Object.hasOwn(keys, event.key)) return keys[event.key]();
  return /^[a-z]$/.test(event.key) && (press(`[data-key="${event.key}"]`) || pressVerb(event.key));
}

export function startShortcuts() {
  document.addEventListener('keydown', (event) => {
    if (!typing(event) && handle(event)) event.preventDefault();
  });
}
