// The invoice line editor: `[data-lines]` around rows `[data-line]`, a `<template data-line-template>` and buttons
// `data-line-action="add|duplicate|remove"`. Without a script the same buttons submit the form and the server answers
// with the rows changed.
import { composes } from './composing.js';
import { debounce } from './content.js';
import htmx from './htmx.js';
import { toast } from './toasts.js';
import { say } from './words.js';

const rowsOf = (editor) => [...editor.querySelectorAll('[data-line]')];
const FIELDS = 'input:not([type=hidden]), select, textarea';

function nextIndex(editor) {
  const next = Math.max(Number(editor.dataset.nextIndex ?? 0), rowsOf(editor).length);
  editor.dataset.nextIndex = next + 1;
  return next;
}

function blankRow(editor) {
  const holder = document.createElement('tbody');
  const template = editor.querySelector('template[data-line-template]');
  holder.innerHTML = template.innerHTML.replaceAll('__index__', nextIndex(editor));
  return holder.firstElementChild;
}

function changed(editor) {
  rowsOf(editor).forEach((row, position) => {
    const number = row.querySelector('[data-line-number]');
    if (number) number.textContent = position + 1;
  });
  editor.dispatchEvent(new Event('input', { bubbles: true }));
}

function insert(editor, row, after) {
  if (after) after.after(row);
  else editor.querySelector('[data-line-rows]').append(row);
  htmx.process(row); // also announces the new content
  row.querySelector(FIELDS)?.focus();
  changed(editor);
}

function copyValues(from, to) {
  const fields = to.querySelectorAll(FIELDS);
  from.querySelectorAll(FIELDS).forEach((field, position) => {
    if (fields[position].tagName === 'SELECT') {
      for (const option of field.selectedOptions) {
        const same = [...fields[position].options].find(({ value }) => value === option.value);
        if (same) same.selected = true;
        else fields[position].add(new Option(option.text, option.value, true, true));
      }
    } else if (['checkbox', 'radio'].includes(field.type)) {
      fields[position].checked = field.checked;
    } else {
      fields[position].value = field.value;
    }
  });
}

const actions = {
  add: (editor, row) => mayAdd(editor) && insert(editor, blankRow(editor), row),
  duplicate(editor, row) {
    if (!mayAdd(editor)) return;
    const copy = blankRow(editor);
    copyValues(row, copy);
    insert(editor, copy, row);
  },
  remove(editor, row) {
    const neighbour = row.nextElementSibling ?? row.previousElementSibling;
    row.remove();
    if (rowsOf(editor).length) neighbour?.querySelector(FIELDS)?.focus();
    else insert(editor, blankRow(editor));
    changed(editor);
  },
};

function mayAdd(editor) {
  const maximum = Number(editor.dataset.maxLines ?? Infinity);
  if (rowsOf(editor).length < maximum) return true;
  toast(say('tooManyLines', { maximum }), { kind: 'warning' });
  return false;
}

function click(event) {
  const button = event.target.closest('[data-line-action]');
  if (!button) return;
  event.preventDefault();
  actions[button.dataset.lineAction](button.closest('[data-lines]'), button.closest('[data-line]'));
}

// Enter in the last row adds one, in any other moves down the same column; it never submits a half-typed form.
function enter(event) {
  const row = event.target.closest?.('[data-line]');
  if (event.key !== 'Enter' || composes(event) || !row || !event.target.matches('input')) return;
  if (event.target.closest('.ts-wrapper')) return;
  event.preventDefault();
  const editor = row.closest('[data-lines]');
  const next = rowsOf(editor)[rowsOf(editor).indexOf(row) + 1];
  if (!next) return actions.add(editor, row);
  const column = [...row.querySelectorAll(FIELDS)].indexOf(event.target);
  next.querySelectorAll(FIELDS)[column]?.focus();
}

const refreshTotals = debounce((form) => {
  for (const totals of form.querySelectorAll('[data-preview-url]')) totals.dispatchEvent(new Event('refresh'));
}, 400);

export function startLines() {
  document.addEventListener('click', click);
  document.addEventListener('keydown', enter);
  for (const name of ['input', 'change', 'compositionend']) {
    document.addEventListener(name, (event) => {
      const form = event.target.closest?.('form');
      if (!event.isComposing && form?.querySelector('[data-preview-url]')) refreshTotals(form);
    });
  }
}
