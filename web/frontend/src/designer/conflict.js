// Two texts of one file side by side: the reader's own, and the one that somebody else has saved meanwhile.
import { loadIslands } from '../islands.js';

export class Conflict {
  constructor(dialog, url) {
    this.dialog = dialog;
    this.url = url;
  }

  // "mine" or "theirs". Closing the dialog chooses theirs: it is what the file has.
  ask(name, mine, theirs) {
    const { dialog } = this;
    this.fill('[data-mine]', name, mine);
    this.fill('[data-theirs]', name, theirs);
    return new Promise((resolve) => {
      dialog.returnValue = '';
      dialog.addEventListener('close', () => resolve(dialog.returnValue === 'mine' ? 'mine' : 'theirs'), { once: true });
      dialog.showModal();
    });
  }

  fill(place, name, number) {
    const box = this.dialog.querySelector(place);
    if (!name.endsWith('.bpmn')) {
      const text = document.createElement('pre');
      fetch(`${this.url}/files/${encodeURIComponent(name)}/${number}`, { headers: { Accept: 'application/json' } })
        .then((response) => response.json()).then((edit) => { text.textContent = edit.text; });
      return box.replaceChildren(text);
    }
    const view = document.createElement('bpmn-view');
    view.setAttribute('src', `${this.url}/files/${encodeURIComponent(name)}/${number}/picture.bpmn`);
    view.setAttribute('role', 'img');
    view.setAttribute('aria-label', box.dataset.label);
    view.setAttribute('movable', '');
    box.replaceChildren(view);
    return loadIslands(box);
  }
}
