// A bulk decision in small parts: what became of each task shows as it comes, with a bar, and it can be stopped between
// two parts. What is approved leaves the list; what is not stays selected and says why beside its row. Without a script
// the form sends everything at once and gets a page.
import { csrfToken } from './http.js';
import htmx from './htmx.js';
import { say } from './words.js';

const PART = 10;

async function approve(form, boxes) {
  const response = await fetch(form.action, {
    method: 'POST',
    credentials: 'same-origin',
    headers: { 'X-CSRFToken': csrfToken(), 'HX-Request': 'true', Accept: 'text/html' },
    body: new URLSearchParams(boxes.map((box) => ['ids', box.value])),
  });
  if (!response.ok) throw new Error(`${response.status}`);
  const answer = document.createElement('template');
  answer.innerHTML = await response.text();
  return [...answer.content.querySelectorAll('[data-result]')];
}

class Progress {
  constructor(pane, all) {
    pane.replaceChildren(document.getElementById('bulk-progress').content.cloneNode(true));
    this.bar = pane.querySelector('[data-bulk-progress]');
    this.status = pane.querySelector('[data-bulk-status]');
    this.list = pane.querySelector('[data-bulk-results]');
    this.button = pane.querySelector('[data-bulk-stop]');
    Object.assign(this, { all, done: 0, refused: 0, stopping: false });
    this.button.addEventListener('click', () => this.stop());
    this.show();
    pane.focus({ preventScroll: true });
  }

  stop() {
    this.stopping = true;
    this.button.disabled = true;
    this.show();
  }

  add(items) {
    this.done += items.length;
    this.refused += items.filter((item) => item.hasAttribute('data-refused')).length;
    // What was refused stands first: it is what the person must do something about.
    for (const item of items) this.list[item.hasAttribute('data-refused') ? 'prepend' : 'append'](item);
    for (const item of items) htmx.process(item);
    this.show();
  }

  show() {
    this.bar.max = this.all;
    this.bar.value = this.done;
    this.say(this.stopping ? 'bulkStopping' : 'bulkProgress');
  }

  end(failed) {
    this.button.remove();
    if (failed) return this.say('bulkFailed');
    if (this.done < this.all) return this.say('bulkStopped');
    this.say(this.refused ? 'bulkDoneBut' : 'bulkDone', this.done - this.refused);
  }

  say(key, done = this.done) {
    this.status.textContent = say(key, { done, all: this.all, refused: this.refused });
  }
}

function settle(item) {
  const row = document.querySelector(`[data-row-select][value="${CSS.escape(item.dataset.result)}"]`)?.closest('[data-row]');
  if (!row) return;
  if (!item.hasAttribute('data-refused')) return row.remove();
  const words = item.querySelector('[data-result-words]').textContent;
  let note = row.querySelector('[data-row-refusal]');
  if (!note) {
    note = Object.assign(document.createElement('span'), { className: 'list-row-refusal' });
    note.dataset.rowRefusal = '';
    row.querySelector('[data-row-open]').append(note);
  }
  note.textContent = words;
}

// The figures beside the views, and the rows behind those that have left, come from a fresh page.
async function refresh(address) {
  const response = await fetch(address, { credentials: 'same-origin', headers: { Accept: 'text/html' } });
  if (!response.ok) return;
  const page = new DOMParser().parseFromString(await response.text(), 'text/html');
  const selectors = ['.pane-views', '.list-head h2'];
  if (!document.querySelector('[data-row]')) selectors.push('.pane-list');
  for (const selector of selectors) {
    const fresh = page.querySelector(selector);
    const old = document.querySelector(selector);
    if (!fresh || !old) continue;
    old.innerHTML = fresh.innerHTML;
    htmx.process(old);
  }
}

async function run(form) {
  const boxes = [...document.querySelectorAll('[data-row-select]:checked')];
  if (!boxes.length) return;
  form.inert = true;
  document.body.classList.replace('show-list', 'show-document');
  history.replaceState(history.state, '', form.dataset.list);
  for (const link of document.querySelectorAll('[data-row-open][aria-current]')) link.removeAttribute('aria-current');
  const progress = new Progress(document.getElementById('document'), boxes.length);
  let failed = false;
  try {
    for (let from = 0; from < boxes.length && !progress.stopping; from += PART) {
      const items = await approve(form, boxes.slice(from, from + PART));
      items.forEach(settle);
      progress.add(items);
    }
  } catch {
    failed = true;
  }
  progress.end(failed);
  form.inert = false;
  await refresh(form.dataset.list).catch(() => {});
  document.dispatchEvent(new CustomEvent('selection:changed'));
}

export function startBulk() {
  document.addEventListener('submit', (event) => {
    if (!event.target.matches('[data-bulk-bar]')) return;
    event.preventDefault();
    run(event.target);
  });
}
