// `form[data-keep-draft="name"]` keeps what is typed in this tab until it is sent: a look at another task, or a reload,
// loses nothing. Nothing leaves the machine, and closing the tab forgets it. What was typed about a record is put back
// only while the record is as it was (`data-draft-revision`); else the form says what it leaves out.
import { showFile } from './comment-files.js';
import { onContent } from './content.js';

const PREFIX = 'draft:';
const FORMS = 'form[data-keep-draft]';
const ALWAYS = 'comment'; // words of one's own fit whatever has changed

// Storage may be switched off: then the draft lives as long as the page.
function store(name, draft) {
  try {
    if (draft) sessionStorage.setItem(PREFIX + name, JSON.stringify(draft));
    else sessionStorage.removeItem(PREFIX + name);
  } catch { /* see above */ }
}

function stored(name) {
  try {
    const draft = JSON.parse(sessionStorage.getItem(PREFIX + name));
    return draft?.entries ? draft : null;
  } catch {
    return null;
  }
}

const fields = (form) => [...form.elements].filter((field) => field.name && field.matches('textarea, select, input:is([type=text], [type=date])'));
const chosen = (select) => [...select.options].find((option) => option.defaultSelected) ?? select.options[0];
const shown = (field) => (field.tagName === 'SELECT' ? chosen(field)?.value : field.defaultValue) ?? '';

// "Line 1 · Software · Quantity: 2": how a person calls an entry, and what they typed into it.
function saidOf(field) {
  const parts = [field.closest('fieldset')?.querySelector('legend'), field.labels?.[0]];
  const name = parts.map((part) => part?.textContent.replace(/[\s*]+/g, ' ').trim()).filter(Boolean).join(' · ');
  return `${name}: ${field.tagName === 'SELECT' ? field.selectedOptions[0]?.text : field.value}`;
}

function filesOf(form) {
  return [...form.querySelectorAll('[data-attached] input:checked')].map((box) => {
    const row = box.closest('li');
    return { id: box.value, name: row.querySelector('[data-file-name]').textContent, size: row.querySelector('[data-file-size]').textContent };
  });
}

// A form that was refused shows what was typed: it is no less typed for that.
function keep(form, before) {
  const entries = {};
  for (const field of fields(form)) {
    const isTyped = field.value !== shown(field) || before[field.name]?.value === field.value;
    if (isTyped) entries[field.name] = { value: field.value, said: saidOf(field) };
  }
  const files = filesOf(form);
  const isEmpty = !files.length && !Object.keys(entries).length;
  store(form.dataset.keepDraft, isEmpty ? null : { revision: form.dataset.draftRevision, entries, files });
}

function restore(form, { revision, entries, files }) {
  const isAsItWas = revision === form.dataset.draftRevision;
  const left = [];
  for (const [name, { value, said }] of Object.entries(entries)) {
    const field = fields(form).find((found) => found.name === name);
    if (!field || !(isAsItWas || name === ALWAYS)) left.push(said);
    else if (field.value === shown(field)) field.value = value;
  }
  const box = form.querySelector('details[data-attach]');
  if (box) for (const file of files) showFile(box, file);
  const note = form.querySelector('[data-draft-note]');
  if (!left.length || !note) return;
  note.querySelector('[data-draft-left]').textContent = left.join('; ');
  note.hidden = false;
}

function start(form) {
  const draft = stored(form.dataset.keepDraft);
  const isRefused = 'draftRefused' in form.dataset;
  if (draft && !isRefused) restore(form, draft);
  const before = isRefused ? draft?.entries ?? {} : {};
  if (draft) keep(form, before);
  for (const name of ['input', 'change']) form.addEventListener(name, () => keep(form, before));
  form.addEventListener('submit', () => {
    const typed = stored(form.dataset.keepDraft);
    if (typed) store(form.dataset.keepDraft, { ...typed, isSent: true });
  });
}

// The page that follows says whether what was sent was taken: another page of the inbox, unlike a refusal or an error.
function forgetTaken() {
  const isTaken = document.body.classList.contains('app-inbox');
  for (const key of Object.keys(sessionStorage)) {
    const name = key.startsWith(PREFIX) ? key.slice(PREFIX.length) : '';
    const { isSent, ...draft } = stored(name) ?? {};
    if (!isSent) continue;
    const isShown = document.querySelector(`form[data-keep-draft="${CSS.escape(name)}"]`);
    store(name, isTaken && !isShown ? null : draft);
  }
}

const started = new WeakSet();

export function startDrafts() {
  try {
    forgetTaken();
  } catch { /* storage may be switched off */ }
  onContent((root) => {
    const inside = root.querySelectorAll?.(FORMS) ?? [];
    for (const form of root.matches?.(FORMS) ? [root, ...inside] : inside) {
      if (!started.has(form)) started.add(form) && start(form);
    }
  });
}
