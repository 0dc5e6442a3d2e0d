// The heat of a diagram: how warm each element is, and its figure as an overlay, for colour alone says nothing.
// `given`: {"element": {"level": 1 to 4, "text": "3 h 20 min"}}.
export function warm(viewer, given) {
  const canvas = viewer.get('canvas');
  const overlays = viewer.get('overlays');
  const elements = viewer.get('elementRegistry');
  for (const [id, { level, text }] of Object.entries(JSON.parse(given))) {
    const element = elements.get(id);
    if (!element) continue;
    canvas.addMarker(id, `bpmn-heat-${level}`);
    const figure = document.createElement('span');
    figure.className = 'bpmn-figure';
    figure.textContent = text;
    overlays.add(id, { position: { top: -11, left: element.width / 2 }, scale: { min: 0.85, max: 1.1 }, html: figure });
  }
}
