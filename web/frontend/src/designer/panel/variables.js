// Which variables an expression can read where it stands: the server says so for the text that it has.
import { getJson } from '../../http.js';

export class KnownVariables {
  constructor(eventBus, canvas) {
    Object.assign(this, { eventBus, canvas });
    this.elements = {};
    this.lists = new Map();
    eventBus.on('selection.changed', () => { this.ask(); }); // a listener that gives anything back is the last one
  }

  // Where the file of this diagram is; the diagram comes into its page only after it is made.
  get url() {
    const sheet = this.canvas.getContainer().closest('[data-sheet]');
    return `${sheet.closest('[data-draft]').dataset.draft}/files/${encodeURIComponent(sheet.dataset.sheet)}/variables`;
  }

  // The server is asked as often as somebody turns to another element; until it answers, what it said before holds.
  async ask() {
    const { elements } = await getJson(this.url).catch(() => ({ elements: this.elements }));
    if (JSON.stringify(elements) === JSON.stringify(this.elements)) return;
    this.elements = elements;
    this.lists.clear();
    this.eventBus.fire('variables.known');
  }

  // As CodeMirror takes them; the same list as long as nothing has changed, or it would be set up anew.
  at(element) {
    const id = element.id.replace(/_label$/, '');
    if (!this.lists.has(id)) {
      this.lists.set(id, Object.entries(this.elements[id] ?? {}).map(([name, by]) => ({ name, info: by })));
    }
    return this.lists.get(id);
  }
}
KnownVariables.$inject = ['eventBus', 'canvas'];
