// What the server found wrong, as a list that leads to the element it is about.
import { say } from '../words.js';

export class ProblemList {
  constructor(root, onChoose) {
    this.root = root;
    this.onChoose = onChoose;
  }

  show(findings) {
    const errors = findings.filter((row) => row.severity === 'error').length;
    const count = document.querySelector('[data-problem-count]');
    count.textContent = findings.length
      ? say('draftFindings', { errors, warnings: findings.length - errors })
      : say('draftNoFindings');
    count.dataset.severity = errors ? 'error' : findings.length ? 'warning' : 'none';
    this.root.querySelector('ul').replaceChildren(...findings.map((row) => this.item(row)));
    if (!findings.length) this.root.hidden = true;
  }

  toggle() {
    this.root.hidden = !this.root.hidden && this.root.querySelector('li') !== null;
  }

  item(row) {
    const item = document.createElement('li');
    const button = document.createElement('button');
    button.type = 'button';
    button.dataset.severity = row.severity;
    const kind = document.createElement('strong');
    kind.textContent = say(row.severity === 'error' ? 'draftError' : 'draftWarning');
    const text = document.createElement('span');
    text.textContent = row.message;
    const fix = document.createElement('span');
    fix.className = 'text-secondary';
    fix.textContent = row.fix;
    button.append(kind, text, fix);
    button.addEventListener('click', () => this.onChoose(row));
    item.append(button);
    return item;
  }
}
