// What the server found, beside the elements it is about: a number for faults, a sign for warnings.
const KIND = 'finding';

export class Findings {
  constructor(editor) {
    this.editor = editor;
    this.marked = [];
  }

  draw(findings) {
    const overlays = this.editor.get('overlays');
    const canvas = this.editor.get('canvas');
    const elements = this.editor.get('elementRegistry');
    overlays.remove({ type: KIND });
    for (const [id, marker] of this.marked) if (elements.get(id)) canvas.removeMarker(id, marker);
    this.marked = [];
    for (const [id, rows] of Map.groupBy?.(findings, (row) => row.element) ?? grouped(findings)) {
      const element = elements.get(id);
      if (!element || element === canvas.getRootElement()) continue;
      const severity = rows.some((row) => row.severity === 'error') ? 'error' : 'warning';
      this.marked.push([id, `finding-${severity}`]);
      canvas.addMarker(id, `finding-${severity}`);
      overlays.add(id, KIND, { position: { top: -10, left: -10 }, html: this.badge(rows, severity) });
    }
  }

  badge(rows, severity) {
    const badge = document.createElement('span');
    badge.className = `finding-badge finding-badge-${severity}`;
    badge.textContent = severity === 'error' ? '!' : '?';
    badge.title = rows.map((row) => row.message).join('\n');
    return badge;
  }
}

function grouped(findings) {
  const groups = new Map();
  for (const row of findings) groups.set(row.element, [...(groups.get(row.element) ?? []), row]);
  return groups;
}
