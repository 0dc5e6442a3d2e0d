// A decision file of a draft: bpmn.io's table editor, or its viewer for those who only look on.
import DmnModeler from 'dmn-js/lib/Modeler';
import DmnViewer from 'dmn-js/lib/NavigatedViewer';
import { style } from '../islands.js';
import translate from './translate.js';

style(DECISIONS_CSS);

export class DecisionEditor {
  constructor({ container, onChange }) {
    Object.assign(this, { container, onChange });
  }

  async show(text, canEdit) {
    if (!this.editor || canEdit !== this.canEdit) this.begin(canEdit);
    const { warnings } = await this.editor.importXML(text, { open: false });
    const views = this.editor.getViews();
    await this.editor.open(views.find((view) => view.type === 'decisionTable') ?? views[0]);
    return warnings;
  }

  begin(canEdit) {
    this.editor?.destroy();
    this.canEdit = canEdit;
    const common = { additionalModules: [translate] };
    const Kind = canEdit ? DmnModeler : DmnViewer;
    this.editor = new Kind({
      container: this.container, common, drd: common, decisionTable: common, literalExpression: common,
      boxedExpression: common,
    });
    this.editor.on('viewer.created', ({ viewer }) => {
      viewer.on('commandStack.changed', ({ trigger }) => {
        if (trigger !== 'clear') this.onChange();
      });
    });
  }

  async write() {
    const { xml } = await this.editor.saveXML({ format: true });
    return xml;
  }

  get commands() {
    return this.canEdit ? this.editor.getActiveViewer()?.get('commandStack', false) : undefined;
  }

  get canUndo() {
    return Boolean(this.commands?.canUndo());
  }

  get canRedo() {
    return Boolean(this.commands?.canRedo());
  }

  undo() {
    this.commands.undo();
  }

  redo() {
    this.commands.redo();
  }

  showFindings() {}

  select() {
    return false;
  }
}
