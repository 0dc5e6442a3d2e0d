// Who is at the draft: asked every few seconds. One tab edits, the others look on and see what it saves.
import { csrfToken } from '../http.js';

const EVERY_MS = 4000;

export class Presence extends EventTarget {
  // `stand` says how things are when the question is asked; the answer carries it back.
  constructor(url, stand) {
    super();
    Object.assign(this, { url, stand });
    this.tab = crypto.randomUUID();
    addEventListener('pagehide', () => this.leave());
  }

  async visit(takesOver = false) {
    clearTimeout(this.timer);
    const asked = this.stand();
    try {
      const response = await fetch(`${this.url}/visit`, {
        method: 'POST',
        credentials: 'same-origin',
        headers: { 'X-CSRFToken': csrfToken(), 'Content-Type': 'application/json', Accept: 'application/json' },
        body: JSON.stringify({ tab: this.tab, takes_over: takesOver }),
      });
      if (response.ok) this.dispatchEvent(new CustomEvent('presence', { detail: { ...await response.json(), asked } }));
    } catch { /* the next one may get through */ }
    this.timer = setTimeout(() => this.visit(), EVERY_MS);
  }

  leave() {
    const form = new FormData();
    form.set('csrf_token', csrfToken());
    form.set('tab', this.tab);
    navigator.sendBeacon(`${this.url}/leave`, form);
  }
}
