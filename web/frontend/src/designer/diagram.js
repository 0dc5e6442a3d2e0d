// The diagram of a draft: bpmn.io's editor with our settings, or its viewer for those who only look on.
import BpmnModeler from 'bpmn-js/lib/Modeler';
import NavigatedViewer from 'bpmn-js/lib/NavigatedViewer';
import { BpmnPropertiesPanelModule, BpmnPropertiesProviderModule } from 'bpmn-js-properties-panel';
import colorPicker from 'bpmn-js-color-picker';
import { CreateAppendAnythingModule } from 'bpmn-js-create-append-anything';
import minimap from 'diagram-js-minimap';
import { drawing } from './drawing.js';
import { Findings } from './findings-overlay.js';
import keeping, { drawFloatingProcesses, keepReferences } from './keeping.js';
import { Outline } from './outline.js';
import outlineCommands from './outline-commands.js';
import './panel/nonce.js';
import flowPanel from './panel/provider.js';
import spiffworkflow from './spiffworkflow.json';
import { inFileLanguage, showOwnLanguage } from './titles.js';
import translate from './translate.js';

const PALETTE_PX = 110;
const MARGIN_PX = 40;

export class DiagramEditor {
  // `onChange` is called after every change of a person's.
  constructor({ container, panel, outline, palette, onChange }) {
    Object.assign(this, { container, panel, palette, onChange });
    this.outline = new Outline(outline);
    this.canEdit = false;
  }

  async show(text, canEdit) {
    const place = this.isFitted && this.editor.get('canvas').viewbox();
    if (!this.editor || canEdit !== this.canEdit) this.begin(canEdit);
    const { warnings } = await this.editor.importXML(text);
    if (place) this.editor.get('canvas').viewbox(place);
    else this.fit();
    this.findings.draw(this.problems ?? []);
    return warnings;
  }

  begin(canEdit) {
    this.editor?.destroy();
    this.canEdit = canEdit;
    const common = { container: this.container, moddleExtensions: { spiffworkflow }, ...drawing() };
    this.editor = canEdit ? this.makeModeler(common) : new NavigatedViewer({ ...common, additionalModules: [translate] });
    this.editor.on('import.parse.complete', ({ definitions, warnings }) => {
      if (!definitions) return;
      keepReferences(warnings);
      drawFloatingProcesses(definitions);
      showOwnLanguage(this.editor._moddle, definitions);
    });
    this.editor.on('commandStack.changed', ({ trigger }) => {
      if (trigger !== 'clear') this.onChange();
    });
    this.findings = new Findings(this.editor);
    this.outline.follow(this.editor, canEdit);
    this.panel.hidden = !canEdit;
  }

  makeModeler(common) {
    return new BpmnModeler({
      ...common,
      propertiesPanel: { parent: this.panel },
      minimap: { open: false },
      additionalModules: [
        BpmnPropertiesPanelModule, BpmnPropertiesProviderModule, CreateAppendAnythingModule, colorPicker, minimap,
        flowPanel, translate, keeping, outlineCommands, { designerPalette: ['value', this.palette] },
      ],
    });
  }

  // The canvas has another size, or is in sight for the first time.
  resized() {
    this.editor.get('canvas').resized();
    if (!this.isFitted) this.fit();
  }

  // The whole diagram, beside the palette, but never smaller than can be read. Nothing can be fitted out of sight.
  fit() {
    const canvas = this.editor.get('canvas');
    const { inner, outer } = canvas.viewbox();
    if (!outer.width) return;
    this.isFitted = true;
    const left = this.canEdit ? PALETTE_PX : MARGIN_PX;
    const scale = Math.min(1, Math.max(0.5, Math.min(
      (outer.width - left - MARGIN_PX) / inner.width, (outer.height - 2 * MARGIN_PX) / inner.height)));
    canvas.viewbox({
      x: inner.x - left / scale,
      y: inner.y - Math.max(MARGIN_PX, (outer.height - inner.height * scale) / 2) / scale,
      width: outer.width / scale,
      height: outer.height / scale,
    });
  }

  async write() {
    const { editor } = this;
    const { xml } = await inFileLanguage(editor._moddle, editor.getDefinitions(), () => editor.saveXML({ format: true }));
    return xml;
  }

  get canUndo() {
    return this.canEdit && this.editor.get('commandStack').canUndo();
  }

  get canRedo() {
    return this.canEdit && this.editor.get('commandStack').canRedo();
  }

  undo() {
    this.editor.get('commandStack').undo();
  }

  redo() {
    this.editor.get('commandStack').redo();
  }

  showFindings(findings) {
    this.problems = findings;
    this.findings?.draw(findings);
  }

  // Bring an element into sight and choose it. False when the diagram has none of that id.
  select(id) {
    const element = this.editor.get('elementRegistry').get(id);
    if (!element) return false;
    this.editor.get('canvas').scrollToElement(element, MARGIN_PX);
    this.editor.get('selection').select(element);
    return true;
  }
}
