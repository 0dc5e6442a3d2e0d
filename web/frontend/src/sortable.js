// Rows that can be dragged by their `.drag-handle`: `data-sortable` on their parent. Order is what the form sends.
import Sortable from 'sortablejs/modular/sortable.core.esm.js';

export function enhance(root) {
  for (const list of root.querySelectorAll('[data-sortable]')) {
    if (Sortable.get(list)) continue;
    Sortable.create(list, {
      handle: '.drag-handle',
      animation: 150,
      onEnd: () => list.dispatchEvent(new Event('input', { bubbles: true })),
    });
  }
}
