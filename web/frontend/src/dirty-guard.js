// `form[data-dirty-guard]`: leaving the page with unsaved changes asks first. Saving or submitting makes it clean.
const dirty = new Set();
const guarded = (event) => event.target.closest?.('form[data-dirty-guard]');

export function startDirtyGuard() {
  for (const name of ['input', 'change']) {
    document.addEventListener(name, (event) => guarded(event) && dirty.add(guarded(event)));
  }
  for (const name of ['submit', 'autosave:saved']) {
    document.addEventListener(name, (event) => dirty.delete(event.target));
  }
  window.addEventListener('beforeunload', (event) => {
    if ([...dirty].some((form) => form.isConnected)) event.preventDefault();
  });
}
