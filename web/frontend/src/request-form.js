// The request form `form[data-request-form]`: follows its draft's address, fills rows from the item library and from
// rows copied in a spreadsheet, marks the entries at fault, attaches files at once. All of it works without this too.
import { composes } from './composing.js';
import htmx from './htmx.js';

const LONGEST_WAIT_MS = 3000;
const EXISTING = /\/requests\/(\d+)\/autosave\?(.*)$/;

// The first autosave makes the draft; from then on the form belongs to it, and to the revision just saved.
function follow(event) {
  const form = event.target;
  const found = EXISTING.exec(event.detail.url);
  if (!form.matches('form[data-request-form]') || !found) return;
  const [, id, query] = found;
  form.action = `/requests/${id}/edit?${query}`;
  const totals = form.querySelector('[data-preview-url]');
  const preview = `/requests/${id}/preview`;
  if (totals.dataset.previewUrl !== preview) {
    totals.dataset.previewUrl = preview;
    totals.setAttribute('hx-post', preview);
    history.replaceState(history.state, '', `/requests/${id}/edit`);
  }
}

const entryOf = (row, column) => row.querySelector(`[data-column="${column}"]`);

function rateKey(select, text) {
  const plain = text.trim();
  const percent = plain.endsWith('%') ? plain : `${Number((Number(plain) * (Number(plain) < 1 ? 100 : 1)).toFixed(4))}%`;
  return [...select.options].find(({ value, text: label }) => [plain, percent].includes(label) || value === plain)?.value;
}

function setEntry(row, column, text) {
  const entry = entryOf(row, column);
  if (!entry) return;
  if (entry.tagName !== 'SELECT') entry.value = text.trim();
  else entry.value = rateKey(entry, text) ?? entry.value;
}

// An item of the library brings its tax code and rate, and whatever else is still empty.
function fillFromLibrary(input) {
  const item = [...document.getElementById('items').options].find(({ value }) => value === input.value);
  if (!item) return;
  const row = input.closest('[data-line]');
  const { spec, unit, unitPrice, rate, taxCode } = item.dataset;
  setEntry(row, 'rate', rate);
  setEntry(row, 'tax_code', taxCode);
  for (const [column, text] of Object.entries({ spec, unit, unit_price: unitPrice })) {
    if (text && !entryOf(row, column).value) setEntry(row, column, text);
  }
  row.dispatchEvent(new Event('input', { bubbles: true }));
}

function newRow(editor, index) {
  const holder = document.createElement('tbody');
  holder.innerHTML = editor.querySelector('template[data-line-template]').innerHTML.replaceAll('__index__', index);
  return holder.firstElementChild;
}

// A heading row has no figure in it.
const isHeading = (cells) => cells.length > 1 && !cells.some((cell) => /\d/.test(cell));

function cellsOf(text) {
  const rows = text.replace(/\r/g, '').replace(/\n+$/, '').split('\n').map((line) => line.split('\t'));
  return rows.length > 1 && isHeading(rows[0]) ? rows.slice(1) : rows;
}

function paste(event) {
  const input = event.target.closest?.('input[data-column="name"]');
  const text = event.clipboardData?.getData('text/plain') ?? '';
  if (!input || !/[\t\n]/.test(text.trim())) return;
  event.preventDefault();
  const editor = input.closest('[data-lines]');
  const columns = editor.dataset.pasteColumns.split(' ');
  const room = Number(editor.dataset.maxLines) - editor.querySelectorAll('[data-line]').length + 1;
  let next = Number(editor.dataset.nextIndex);
  const fresh = document.createDocumentFragment();
  cellsOf(text).slice(0, room).forEach((cells, position) => {
    const row = position === 0 ? input.closest('[data-line]') : newRow(editor, next++);
    cells.slice(0, columns.length).forEach((cell, place) => setEntry(row, columns[place], cell));
    if (position > 0) fresh.append(row);
  });
  editor.dataset.nextIndex = next;
  input.closest('[data-line]').after(fresh);
  htmx.process(editor.querySelector('[data-line-rows]'));
  editor.querySelectorAll('[data-line-number]').forEach((number, position) => { number.textContent = position + 1; });
  editor.dispatchEvent(new Event('input', { bubbles: true }));
}

// The preview sends the faults in words; the entries they speak of are marked here.
function markFaults(form) {
  for (const row of form.querySelectorAll('[data-line]')) {
    const wrong = new Set([...row.querySelectorAll('[data-wrong-column]')].map(({ dataset }) => dataset.wrongColumn));
    for (const entry of row.querySelectorAll('[data-column]')) {
      const isWrong = wrong.has(entry.dataset.column);
      entry.classList.toggle('is-invalid', isWrong);
      if (isWrong) entry.setAttribute('aria-invalid', 'true');
      else entry.removeAttribute('aria-invalid');
    }
  }
}

// A link to a field puts the cursor there, also where a picker stands in for the field.
function goToField(event) {
  const link = event.target.closest('form[data-request-form] a[href^="#field-"], #error-summary a[href^="#field-"]');
  const field = link && document.querySelector(link.hash);
  if (!field) return;
  event.preventDefault();
  const target = field.tomselect?.control_input ?? field;
  (target.matches('input, select, textarea') ? target : target.querySelector('input, select, textarea'))?.focus();
  target.scrollIntoView({ block: 'center' });
}

function count(textarea) {
  const hint = document.getElementById(`${textarea.id}-hint`);
  if (!hint) return;
  hint.dataset.sentence ??= hint.textContent;
  const length = [...textarea.value].length;
  hint.textContent = `${hint.dataset.sentence} ${length}/${textarea.dataset.countTo}`;
  hint.classList.toggle('text-danger', length > Number(textarea.dataset.countTo));
}

function changed({ target }) {
  if (!target.closest?.('form[data-request-form]')) return;
  if (target.matches('[data-count-to]')) count(target);
  if (target.matches('input[data-column="name"]')) fillFromLibrary(target);
}

function attach({ target }) {
  if (!target.matches?.('input[data-attach-now]') || !target.files.length || !target.checkValidity()) return;
  target.form.requestSubmit(target.form.querySelector('button[value="attach"]'));
}

function submitByKey(event) {
  const form = event.target.closest?.('form[data-request-form]');
  if (!form || composes(event) || event.key !== 'Enter' || !(event.ctrlKey || event.metaKey)) return;
  event.preventDefault();
  event.stopPropagation();
  form.requestSubmit(form.querySelector('[data-submit-request]'));
}

// Enter in a picker chooses; pressed before its list is there it must not send the form.
function keepPickerEnter(event) {
  if (event.key === 'Enter' && event.target.closest?.('form[data-request-form] .ts-wrapper')) event.preventDefault();
}

// A draft that is being saved this moment gets its address or revision by it: the form is sent when that has arrived.
function waitForDraft(event) {
  const form = event.target;
  const isBeingSaved = form.querySelector('[data-autosave-status]')?.dataset.state === 'saving';
  if (!form.matches('form[data-request-form]') || !isBeingSaved || form.dataset.hasWaited) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  form.dataset.hasWaited = 'true';
  let isGone = false;
  const send = () => {
    if (!isGone) form.requestSubmit(event.submitter);
    isGone = true;
  };
  form.addEventListener('autosave:url', () => setTimeout(send), { once: true });
  setTimeout(send, LONGEST_WAIT_MS);
}

// A second click while the first one is under way must not send the form twice.
function sendOnce(event) {
  if (event.defaultPrevented || !event.target.matches('form[data-request-form]')) return;
  if (event.target.dataset.isSent) event.preventDefault();
  event.target.dataset.isSent = 'true';
}

export function startRequestForm() {
  document.addEventListener('autosave:url', follow);
  document.addEventListener('paste', paste);
  document.addEventListener('change', changed);
  document.addEventListener('change', attach);
  document.addEventListener('input', ({ target }) => target.matches?.('[data-count-to]') && count(target));
  document.addEventListener('click', goToField);
  document.addEventListener('keydown', submitByKey, true); // before Enter adds a line
  document.addEventListener('keydown', keepPickerEnter);
  document.addEventListener('submit', waitForDraft, true);
  document.addEventListener('submit', sendOnce);
  document.addEventListener('htmx:after:swap', () => {
    for (const form of document.querySelectorAll('form[data-request-form]')) markFaults(form);
  });
  // Coming back by the browser's own way the form may be sent again.
  window.addEventListener('pageshow', () => {
    for (const { dataset } of document.querySelectorAll('form[data-request-form]')) {
      delete dataset.isSent;
      delete dataset.hasWaited;
    }
  });
}
