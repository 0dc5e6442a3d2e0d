// Heavy parts are loaded only by pages that show them: the diagram viewer, charts, pickers, sortable rows.
const loaded = new Set();

export function style(file) {
  if (loaded.has(file)) return;
  loaded.add(file);
  const link = document.createElement('link');
  link.rel = 'stylesheet';
  link.href = new URL(file, import.meta.url).href;
  // Before the page's own stylesheet, so that the theme there has the last word.
  document.querySelector('link[rel="stylesheet"]').before(link);
}

const within = (root, selector) => root.matches?.(selector) || root.querySelector?.(selector);

export async function loadIslands(root) {
  if (within(root, 'bpmn-view')) {
    style(VIEWER_CSS);
    import('./bpmn-view.js');
  }
  if (within(root, 'chart-view')) import('./charts.js');
  if (within(root, 'select[data-pick]')) {
    style(PICK_CSS);
    (await import('./pick.js')).enhance(root);
  }
  if (within(root, '[data-sortable]')) (await import('./sortable.js')).enhance(root);
}
