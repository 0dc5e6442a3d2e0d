// Short messages in the corner. The server sends them with the response header HX-Trigger:
// {"toast": {"text": "…", "kind": "success", "undo_url": "/…", "undo_label": "…"}}.
import htmx from './htmx.js';
import { say } from './words.js';

const SECONDS_VISIBLE = 6;
const KINDS = ['info', 'success', 'warning', 'error'];

function undoButton(note, { undo_url: url, undo_label: label }) {
  const button = document.createElement('button');
  button.type = 'button';
  button.className = 'btn btn-sm btn-link';
  button.textContent = label || say('undo');
  button.addEventListener('click', () => {
    note.remove();
    htmx.ajax('POST', url, { target: '#main', swap: 'none' });
  });
  return button;
}

export function toast(text, { kind = 'info', ...undo } = {}) {
  const box = document.getElementById('toasts');
  const template = document.getElementById(`toast-${KINDS.includes(kind) ? kind : 'info'}`);
  if (!box || !template) return;
  const note = template.content.firstElementChild.cloneNode(true);
  note.querySelector('[data-toast-text]').textContent = text;
  if (undo.undo_url) note.querySelector('[data-toast-actions]').append(undoButton(note, undo));
  box.append(note);
  let timer;
  const start = () => { timer = setTimeout(() => note.remove(), SECONDS_VISIBLE * 1000); };
  // A note is not taken away from somebody who reads or reaches for it.
  for (const enter of ['mouseenter', 'focusin']) note.addEventListener(enter, () => clearTimeout(timer));
  for (const leave of ['mouseleave', 'focusout']) note.addEventListener(leave, start);
  start();
}

const failure = (status) => toast(say(status >= 500 ? 'serverError' : 'offline'), { kind: 'error' });

export function startToasts() {
  document.addEventListener('click', (event) => event.target.closest('[data-toast-close]')?.closest('.toast-note').remove());
  document.addEventListener('toast', (event) => toast(event.detail.text, event.detail));
  document.addEventListener('htmx:error', (event) => {
    if (event.detail.ctx?.response === undefined) failure(0);
  });
}
