// <bpmn-view src="/…bpmn" state='{"done": [ids], "now": [ids], "failed": [ids], "flows": [ids], "ahead": [ids]}' heat='…'>: a
// diagram with what is done, what is open now, what failed and the way that will probably be taken. It fits the width
// while the words can be read, scrolls sideways otherwise, and opens in a full-screen dialog where it can be moved and
// zoomed. `heat` is explained in heat.js. The watermark is part of bpmn.io's licence.
import NavigatedViewer from 'bpmn-js/lib/NavigatedViewer';
import Viewer from 'bpmn-js/lib/Viewer';
import { warm } from './heat.js';
import { say } from './words.js';

const SMALLEST_SCALE = 0.7;
const LARGEST_SCALE = 1.15;
const MARGIN_PX = 16;
const WATERMARK_PX = 34;

// Colours are CSS variables: a diagram changes with the theme without being drawn again. The font is not, because
// labels are measured with an SVG attribute, which takes no variables.
function drawing() {
  const { fontFamily } = getComputedStyle(document.body);
  return {
    bpmnRenderer: {
      defaultFillColor: 'var(--bpmn-fill)',
      defaultStrokeColor: 'var(--bpmn-stroke)',
      defaultLabelColor: 'var(--bpmn-text)',
    },
    textRenderer: { defaultStyle: { fontFamily, fontSize: 13 }, externalStyle: { fontFamily, fontSize: 11 } },
  };
}

class BpmnView extends HTMLElement {
  async connectedCallback() {
    if (this.viewer) return;
    const canMove = this.hasAttribute('movable');
    this.canvasBox = document.createElement('div');
    this.canvasBox.className = 'bpmn-canvas';
    this.append(this.canvasBox);
    const Kind = canMove ? NavigatedViewer : Viewer;
    this.viewer = new Kind({ container: this.canvasBox, ...drawing() });
    try {
      const response = await fetch(this.getAttribute('src'), { credentials: 'same-origin' });
      if (!response.ok) throw new Error(`${response.status}`);
      await this.viewer.importXML(await response.text());
    } catch {
      return this.showFailure();
    }
    this.mark();
    if (canMove) this.viewer.get('canvas').zoom('fit-viewport', 'auto');
    else this.fitWidthWhenResized();
    this.dataset.ready = 'true';
  }

  disconnectedCallback() {
    this.observer?.disconnect();
    this.viewer?.destroy();
    this.canvasBox?.remove();
    this.viewer = undefined;
  }

  showFailure() {
    this.canvasBox.className = 'bpmn-failure text-secondary';
    this.canvasBox.textContent = say('diagramFailed');
  }

  mark() {
    const canvas = this.viewer.get('canvas');
    const elements = this.viewer.get('elementRegistry');
    const state = JSON.parse(this.getAttribute('state') || '{}');
    for (const kind of ['done', 'now', 'failed', 'flows', 'ahead']) {
      for (const id of state[kind] ?? []) if (elements.get(id)) canvas.addMarker(id, `bpmn-${kind}`);
    }
    if (this.hasAttribute('heat')) warm(this.viewer, this.getAttribute('heat'));
    this.current = [...(state.failed ?? []), ...(state.now ?? [])].map((id) => elements.get(id)).find(Boolean);
  }

  fitWidthWhenResized() {
    let width;
    this.observer = new ResizeObserver(() => {
      if (this.clientWidth && this.clientWidth !== width) {
        width = this.clientWidth;
        this.fitWidth();
      }
    });
    this.observer.observe(this);
  }

  fitWidth() {
    const canvas = this.viewer.get('canvas');
    const { inner } = canvas.viewbox();
    const fitting = (this.clientWidth - 2 * MARGIN_PX) / inner.width;
    const scale = Math.min(Math.max(fitting, SMALLEST_SCALE), LARGEST_SCALE);
    const width = Math.max(this.clientWidth, inner.width * scale + 2 * MARGIN_PX);
    const height = inner.height * scale + 2 * MARGIN_PX + WATERMARK_PX;
    this.canvasBox.style.width = `${width}px`;
    this.canvasBox.style.height = `${height}px`;
    canvas.resized();
    canvas.viewbox({
      x: inner.x + inner.width / 2 - width / scale / 2,
      y: inner.y - MARGIN_PX / scale,
      width: width / scale,
      height: height / scale,
    });
    this.scrollToCurrent(scale, inner, width);
  }

  scrollToCurrent(scale, inner, width) {
    const scrolls = width > this.clientWidth + 1;
    this.toggleAttribute('data-scrolls', scrolls);
    if (scrolls) this.tabIndex = 0;
    else this.removeAttribute('tabindex');
    if (!this.current) return;
    const middle = (this.current.x + this.current.width / 2 - inner.x) * scale + MARGIN_PX;
    this.scrollLeft = middle - this.clientWidth / 2;
  }
}

function enlarge(button) {
  const small = button.closest('[data-bpmn]').querySelector('bpmn-view');
  const dialog = document.getElementById('diagram-dialog');
  const large = document.createElement('bpmn-view');
  for (const name of ['src', 'state', 'heat', 'aria-label']) {
    if (small.hasAttribute(name)) large.setAttribute(name, small.getAttribute(name));
  }
  large.setAttribute('role', 'img');
  large.setAttribute('movable', '');
  dialog.querySelector('[data-diagram]').replaceChildren(large);
  dialog.addEventListener('close', () => large.remove(), { once: true });
  dialog.showModal();
}

customElements.define('bpmn-view', BpmnView);

document.addEventListener('click', (event) => {
  const button = event.target.closest('[data-bpmn-enlarge]');
  if (button) return enlarge(button);
  const view = event.target.closest('bpmn-view:not([movable])');
  if (view && !event.target.closest('a')) enlarge(view);
});
