// The designer's desk: the files of a draft in tabs, kept on the server as they are edited.
import { getJson } from '../http.js';
import { say } from '../words.js';
import { Conflict } from './conflict.js';
import { KeptFile } from './kept-file.js';
import { Presence } from './presence.js';
import { ProblemList } from './problem-list.js';

const EDITORS = {
  bpmn: async () => (await import('./diagram.js')).DiagramEditor,
  dmn: async () => (await import('./decisions.js')).DecisionEditor,
};

class Desk {
  constructor(root) {
    this.root = root;
    this.url = root.dataset.draft;
    this.palette = JSON.parse(root.querySelector('[data-palette]').textContent);
    this.files = new Map();
    this.findings = [];
    this.canEdit = undefined;
    this.problems = new ProblemList(root.querySelector('[data-problems]'), (row) => this.goTo(row));
    this.conflict = new Conflict(document.getElementById('draft-conflict'), this.url);
    this.presence = new Presence(this.url, () => new Map([...this.files].map(([name, { kept }]) => [name, kept.number])));
    this.presence.addEventListener('presence', ({ detail }) => this.met(detail));
    root.addEventListener('click', (event) => this.clicked(event));
    document.addEventListener('keydown', (event) => this.key(event));
    addEventListener('beforeunload', (event) => this.leaving(event));
  }

  async begin() {
    if (matchMedia('(max-width: 767.98px)').matches) this.showOutline(this.root.querySelector('[data-do=outline]'));
    await this.presence.visit();
    await this.open(this.root.querySelector('[data-file]').dataset.file);
    this.show((await getJson(`${this.url}/findings`)).findings);
    this.root.dataset.ready = 'true';
  }

  // Show the file of a tab; its editor is made when it is first looked at.
  async open(name) {
    for (const tab of this.root.querySelectorAll('[data-file]')) {
      const isThis = tab.dataset.file === name;
      tab.setAttribute('aria-selected', isThis);
      tab.tabIndex = isThis ? 0 : -1;
      this.root.querySelector(`[data-sheet="${tab.dataset.file}"]`).hidden = !isThis;
    }
    this.name = name;
    if (!this.files.has(name)) await this.load(name);
    this.showSteps();
  }

  get current() {
    return this.files.get(this.name);
  }

  async load(name) {
    const sheet = this.root.querySelector(`[data-sheet="${name}"]`);
    const Editor = await EDITORS[name.split('.').pop()]();
    const kept = new KeptFile(`${this.url}/files/${encodeURIComponent(name)}`);
    const editor = new Editor({
      container: sheet.querySelector('[data-canvas]'),
      panel: sheet.querySelector('[data-panel]'),
      outline: sheet.querySelector('[data-outline]'),
      palette: this.palette,
      onChange: () => this.changed(name),
    });
    this.files.set(name, { kept, editor });
    kept.addEventListener('state', ({ detail }) => this.said(name, detail));
    const { text, restored, overtaken } = await kept.load();
    await editor.show(text, this.canEdit);
    editor.showFindings(this.of(name));
    if (restored) this.changed(name);
    if (overtaken) await kept.put(overtaken.text, overtaken.number);
  }

  changed(name) {
    const { kept, editor } = this.files.get(name);
    kept.changed(() => editor.write());
    this.showSteps();
  }

  said(name, { state, findings, reason, mine, current }) {
    if (findings) this.show(findings);
    if (name === this.name) this.showState(state, reason);
    if (state === 'overtaken') this.settle(name, mine, current);
  }

  // Two people have saved: whoever came second says which of the two texts goes on. Both stay in the history.
  async settle(name, mine, current) {
    const { kept, editor } = this.files.get(name);
    const chosen = await this.conflict.ask(name, mine, current);
    const text = await kept.step('number', chosen === 'mine' ? mine : current);
    if (text !== undefined) await editor.show(text, this.canEdit);
    this.showState('saved');
  }

  showState(state, reason = '') {
    const status = this.root.querySelector('[data-status]');
    status.dataset.state = state;
    status.textContent = say(`draft_${state}`, { reason, time: new Date().toLocaleTimeString(document.documentElement.lang, { timeStyle: 'short' }) });
  }

  async met({ may_edit: mayEdit, others, numbers, asked }) {
    this.root.querySelector('[data-others]').textContent = others.length
      ? say('draftOthers', { names: others.map((other) => (other.is_me ? say('draftMyOtherTab') : other.name)).join(', ') })
      : '';
    const editing = others.find((other) => other.is_editing);
    this.root.querySelector('[data-take-over]').hidden = mayEdit || !this.root.hasAttribute('data-is-open');
    if (mayEdit !== this.canEdit) await this.allow(mayEdit, editing);
    await this.follow(numbers, asked);
  }

  async allow(mayEdit, editing) {
    if (!mayEdit) for (const { kept } of this.files.values()) await kept.flush();
    this.canEdit = mayEdit;
    for (const { kept, editor } of this.files.values()) await editor.show(kept.text, mayEdit);
    this.root.toggleAttribute('data-reads', !mayEdit);
    if (!mayEdit && editing) this.showState('reading', editing.is_me ? say('draftMyOtherTab') : editing.name);
    else if (mayEdit) this.showState('saved');
    this.showSteps();
  }

  // Show what somebody else has saved since, unless this tab has changes of its own or has moved on meanwhile.
  async follow(numbers, asked) {
    let isNew = false;
    for (const [name, { kept, editor }] of this.files) {
      if (numbers[name] === kept.number || asked.get(name) !== kept.number || kept.isBusy) continue;
      isNew = true;
      const { text } = await kept.load();
      await editor.show(text, this.canEdit);
    }
    if (isNew) this.show((await getJson(`${this.url}/findings`)).findings);
  }

  of(name) {
    return this.findings.filter((row) => row.file === name);
  }

  show(findings) {
    this.findings = findings;
    this.problems.show(findings);
    for (const [name, { editor }] of this.files) editor.showFindings(this.of(name));
  }

  async goTo({ file, element }) {
    await this.open(file);
    this.current.editor.select(element);
  }

  clicked(event) {
    const tab = event.target.closest('[data-file]');
    if (tab) return this.open(tab.dataset.file);
    const action = event.target.closest('[data-do]')?.dataset.do;
    if (action === 'undo' || action === 'redo') this.step(action);
    if (action === 'take-over') this.presence.visit(true);
    if (action === 'problems') this.problems.toggle();
    if (action === 'outline') this.showOutline(event.target.closest('button'));
  }

  // Beside the picture at a desk, in its place on a phone.
  showOutline(button) {
    const isShown = this.root.toggleAttribute('data-outlined');
    button.setAttribute('aria-pressed', isShown);
    if (isShown) this.root.querySelector('[data-outline] [tabindex="0"]')?.focus();
    else this.current?.editor.resized?.();
  }

  // What was done since the page was opened is taken back in the editor, what was done before on the server.
  async step(direction) {
    const { kept, editor } = this.current;
    if (direction === 'undo' ? editor.canUndo : editor.canRedo) {
      editor[direction]();
    } else {
      const text = await kept.step(direction);
      if (text !== undefined) await editor.show(text, this.canEdit);
      this.show((await getJson(`${this.url}/findings`)).findings);
    }
    this.showSteps();
  }

  showSteps() {
    for (const button of this.root.querySelectorAll('[data-do="undo"], [data-do="redo"]')) button.disabled = !this.canEdit;
  }

  key(event) {
    if (!(event.ctrlKey || event.metaKey) || event.target.closest('input, textarea, [contenteditable="true"]')) return;
    const key = event.key.toLowerCase();
    if (key === 's') {
      event.preventDefault();
      this.saveNow();
    }
    const direction = { z: event.shiftKey ? 'redo' : 'undo', y: 'redo' }[key];
    if (!direction || !this.canEdit || !this.current) return;
    // On the canvas, bpmn.io's own keys undo while it can; past that the history goes on here.
    const { canUndo, canRedo } = this.current.editor;
    if (event.target.closest('.djs-container') && (direction === 'undo' ? canUndo : canRedo)) return;
    event.preventDefault();
    this.step(direction);
  }

  // There is nothing to do but to say so; and a file of another editor is written as this one writes it.
  async saveNow() {
    if (!this.canEdit || !this.current) return;
    this.changed(this.name);
    await this.current.kept.flush();
  }

  // What is not yet on the server is in this browser, and comes back with the page; saying so costs nothing.
  leaving(event) {
    if ([...this.files.values()].some(({ kept }) => kept.isBusy)) {
      for (const { kept } of this.files.values()) kept.flush();
      event.preventDefault();
    }
  }
}

const root = document.querySelector('[data-draft]');
const desk = new Desk(root);
desk.begin();
