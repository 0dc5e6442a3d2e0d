// `form[data-keep-draft="name"]` keeps its comment in this tab until the decision is sent: a look at another task, or a
// reload, loses nothing. Nothing leaves the machine, and closing the tab forgets it.
const PREFIX = 'draft:';
const FORMS = 'form[data-keep-draft]';

function store(form, text) {
  const key = PREFIX + form.dataset.keepDraft;
  try {
    if (text) sessionStorage.setItem(key, text);
    else sessionStorage.removeItem(key);
  } catch { /* storage may be switched off: then the draft lives as long as the page */ }
}

function stored(form) {
  try {
    return sessionStorage.getItem(PREFIX + form.dataset.keepDraft) ?? '';
  } catch {
    return '';
  }
}

const kept = new WeakSet();

export function keepDrafts(root) {
  const inside = root.querySelectorAll?.(FORMS) ?? [];
  for (const form of root.matches?.(FORMS) ? [root, ...inside] : inside) {
    const field = form.querySelector('textarea[name=comment]');
    if (!field || kept.has(form)) continue;
    kept.add(form);
    if (!field.value) field.value = stored(form);
    field.addEventListener('input', () => store(form, field.value));
    form.addEventListener('submit', () => store(form, ''));
  }
}
