// A file of a draft between this tab and the server. What is changed is kept in the browser at once and on the server
// within two seconds; a text that somebody else has overtaken is kept aside there and announced, never dropped.
import { csrfToken, getJson, renewToken } from '../http.js';

const DELAY_MS = 400;
const LONGEST_MS = 1500;
const FIRST_RETRY_MS = 2000;
const LAST_RETRY_MS = 30000;
const LOGGED_OUT = [400, 401]; // 400 answers a token of the session before

export class KeptFile extends EventTarget {
  constructor(url) {
    super();
    this.url = url;
    this.key = `draft ${url}`;
    this.retryMs = FIRST_RETRY_MS;
    this.pending = false;
  }

  // The newest text; `restored` when this browser has one that never reached the server.
  async load() {
    const { text, number } = await getJson(this.url);
    Object.assign(this, { text, number });
    const local = this.local();
    if (!local || local.text === text) return { text, restored: false };
    if (local.number !== number) return { text, restored: false, overtaken: local };
    this.text = undefined; // so that it is sent, though nothing is changed any more
    return { text: local.text, restored: true };
  }

  get isBusy() {
    return this.pending || this.sending !== undefined;
  }

  local() {
    try {
      return JSON.parse(localStorage.getItem(this.key));
    } catch {
      return null;
    }
  }

  keep(text) {
    try {
      localStorage.setItem(this.key, JSON.stringify({ text, number: this.number }));
    } catch { /* a full or forbidden store: the server still gets it */ }
  }

  forget() {
    localStorage.removeItem(this.key);
  }

  // Something was changed; `write` gives the whole text. Calls that follow each other become one.
  changed(write) {
    this.write = write;
    this.pending = true;
    this.since ??= Date.now();
    clearTimeout(this.timer);
    const left = Math.max(LONGEST_MS - (Date.now() - this.since), 0);
    this.timer = setTimeout(() => this.save(), Math.min(DELAY_MS, left));
    this.say('dirty');
  }

  // Resolves when everything that was changed so far is on the server, or was refused.
  async flush() {
    clearTimeout(this.timer);
    if (this.sending) await this.sending;
    if (this.pending) await this.save();
  }

  async save() {
    if (this.sending) return this.sending;
    this.sending = this.send().finally(() => { this.sending = undefined; });
    await this.sending;
    if (this.pending && !this.refused) this.changed(this.write);
  }

  async send() {
    this.pending = false;
    this.refused = false;
    this.since = undefined;
    let text;
    try {
      text = await this.write();
    } catch (error) {
      return this.fail('unwritable', error);
    }
    if (text === this.text) return this.say('saved');
    this.keep(text);
    this.say('saving');
    try {
      const response = await this.put(text);
      const answer = await response.json();
      if (response.ok) return this.accepted(text, answer);
      if (response.status === 409 && answer.current) return this.overtaken(text, answer);
      return this.rejected(response.status, answer);
    } catch {
      return this.again('offline');
    }
  }

  put(text, number = this.number) {
    return fetch(this.url, {
      method: 'PUT',
      credentials: 'same-origin',
      headers: { 'X-CSRFToken': csrfToken(), 'Content-Type': 'application/json', Accept: 'application/json' },
      body: JSON.stringify({ text, based_on: number }),
    });
  }

  accepted(text, { number, findings }) {
    Object.assign(this, { text, number, retryMs: FIRST_RETRY_MS });
    if (!this.pending) this.forget();
    this.say('saved', { findings });
  }

  overtaken(text, { number, current, findings }) {
    this.refused = true;
    this.forget();
    this.say('overtaken', { text, mine: number, current, findings });
  }

  // What waits for a connection or a log-in is tried again by itself; what was refused is not, it would be again.
  rejected(status, answer) {
    if (LOGGED_OUT.includes(status)) return this.again('loggedOut');
    if (status >= 500) return this.again('offline');
    return this.fail('refused', answer.detail);
  }

  again(state) {
    this.pending = true;
    this.refused = true;
    this.timer = setTimeout(async () => {
      if (state === 'loggedOut') await renewToken().catch(() => {});
      await this.save();
    }, this.retryMs);
    this.retryMs = Math.min(this.retryMs * 2, LAST_RETRY_MS);
    this.say(state);
  }

  fail(state, reason) {
    this.refused = true;
    this.say(state, { reason });
  }

  // One step back or forth in what the server keeps, or to a number. Undefined when there is none.
  async step(to, number = 0) {
    await this.flush();
    const response = await fetch(`${this.url}/step`, {
      method: 'POST',
      credentials: 'same-origin',
      headers: { 'X-CSRFToken': csrfToken(), 'Content-Type': 'application/json', Accept: 'application/json' },
      body: JSON.stringify({ to, number }),
    });
    if (!response.ok) return undefined;
    const edit = await response.json();
    Object.assign(this, { text: edit.text, number: edit.number });
    this.forget();
    return edit.text;
  }

  say(state, detail = {}) {
    this.state = state;
    this.dispatchEvent(new CustomEvent('state', { detail: { state, ...detail } }));
  }
}
