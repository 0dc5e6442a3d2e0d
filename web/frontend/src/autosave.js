// `form[data-autosave-url]` saves itself 800 ms after the last change and says so in `[data-autosave-status]`.
// The server may answer JSON {"url": "…"} when the first save has given the draft an address of its own.
import { onContent, debounce } from './content.js';
import { post, renewToken } from './http.js';
import { say } from './words.js';

const DELAY_MS = 800;
const FIRST_RETRY_MS = 5000;
const LAST_RETRY_MS = 60000;
const LOGGED_OUT = [400, 401]; // 400 answers a token of the session before

class Autosave {
  constructor(form) {
    this.form = form;
    this.composing = false;
    this.retryMs = FIRST_RETRY_MS;
    this.schedule = debounce(() => this.save(), DELAY_MS);
    form.addEventListener('compositionstart', () => { this.composing = true; });
    form.addEventListener('compositionend', () => { this.composing = false; this.schedule(); });
    for (const name of ['input', 'change']) form.addEventListener(name, () => this.changed());
    form.addEventListener('submit', () => this.stop());
  }

  // Half a character of an input method is not what the person wants to keep.
  changed() {
    if (!this.composing) this.schedule();
  }

  stop() {
    this.schedule.cancel();
    clearTimeout(this.retry);
    this.saving?.abort();
  }

  async save() {
    this.stop();
    if (!this.form.isConnected) return;
    this.saving = new AbortController();
    this.show('saving');
    try {
      const body = new URLSearchParams([...new FormData(this.form)].filter(([, value]) => typeof value === 'string'));
      const response = await post(this.form.dataset.autosaveUrl, body, { signal: this.saving.signal });
      if (!response.ok) return this.failed(response.status);
      await this.adopt(response);
      this.retryMs = FIRST_RETRY_MS;
      this.show('saved', new Date().toLocaleTimeString(document.documentElement.lang, { timeStyle: 'short' }));
      this.form.dispatchEvent(new CustomEvent('autosave:saved', { bubbles: true }));
    } catch (error) {
      if (error.name !== 'AbortError') this.failed(0);
    }
  }

  async adopt(response) {
    if (!response.headers.get('content-type')?.includes('json')) return;
    const { url } = await response.json();
    if (!url) return;
    this.form.dataset.autosaveUrl = url;
    this.form.dispatchEvent(new CustomEvent('autosave:url', { bubbles: true, detail: { url } }));
  }

  // Nothing is lost while the person logs in again in another tab: saving goes on as soon as it is accepted.
  loggedOut() {
    this.show('saveLoggedOut');
    this.retry = setTimeout(() => renewToken().then(() => this.save()), this.retryMs);
    this.retryMs = Math.min(this.retryMs * 2, LAST_RETRY_MS);
  }

  // A refusal (4xx) would be the same again until something is changed; a lost connection is worth another try.
  failed(status) {
    if (LOGGED_OUT.includes(status)) return this.loggedOut();
    if (status >= 400 && status < 500) return this.show(status === 409 ? 'saveConflict' : 'saveRefused');
    this.show('saveFailed');
    this.retry = setTimeout(() => this.save(), this.retryMs);
    this.retryMs = Math.min(this.retryMs * 2, LAST_RETRY_MS);
  }

  show(state, time = '') {
    const status = this.form.querySelector('[data-autosave-status]');
    if (!status) return;
    status.dataset.state = state;
    status.textContent = say(state, { time });
  }
}

const started = new WeakSet();

export function startAutosave() {
  onContent((root) => {
    for (const form of root.querySelectorAll?.('form[data-autosave-url]') ?? []) {
      if (!started.has(form)) started.add(form) && new Autosave(form);
    }
  });
}
