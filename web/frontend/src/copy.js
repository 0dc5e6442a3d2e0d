// `data-copy="text"` copies the text, `data-copy-from="#id"` the value or text of another element.
import { say } from './words.js';
import { toast } from './toasts.js';

function textOf(button) {
  if (button.dataset.copy !== undefined) return button.dataset.copy;
  const source = document.querySelector(button.dataset.copyFrom);
  return source?.value ?? source?.textContent.trim() ?? '';
}

// navigator.clipboard exists only on https and localhost; the old command still works on a plain address.
function copyBySelection(text) {
  const field = document.createElement('textarea');
  field.value = text;
  field.className = 'visually-hidden';
  document.body.append(field);
  field.select();
  const copied = document.execCommand('copy');
  field.remove();
  if (!copied) throw new Error('copy refused');
}

export function startCopy() {
  document.addEventListener('click', async (event) => {
    const button = event.target.closest('[data-copy], [data-copy-from]');
    if (!button) return;
    try {
      const text = textOf(button);
      if (navigator.clipboard) await navigator.clipboard.writeText(text);
      else copyBySelection(text);
      toast(say('copied'), { kind: 'success' });
    } catch {
      toast(say('copyFailed'), { kind: 'error' });
    }
  });
}
