// The diagram as a list, for the keyboard, for screen readers and for phones: every element in the order of the flow,
// kept in step with the picture. Whatever is done here is done to the diagram, and undone like everything else.
import { say } from '../words.js';
import { addStep } from './outline-commands.js';
import { flowsOf, isNode, next, readingOrder } from './outline-order.js';
import { translate } from './translate.js';

const KINDS = [
  { type: 'bpmn:UserTask' },
  { type: 'bpmn:ServiceTask' },
  { type: 'bpmn:BusinessRuleTask' },
  { type: 'bpmn:ScriptTask' },
  { type: 'bpmn:ExclusiveGateway' },
  { type: 'bpmn:ParallelGateway' },
  { type: 'bpmn:IntermediateCatchEvent', eventDefinitionType: 'bpmn:TimerEventDefinition' },
  { type: 'bpmn:EndEvent' },
];

const titleOf = (element) => element.businessObject.name || element.id;

// "UserTask" reads "User task".
function kindOf({ type }) {
  const words = type.replace('bpmn:', '').replace(/(?!^)([A-Z])/g, (letter) => ` ${letter.toLowerCase()}`);
  return translate(words);
}

export class Outline {
  constructor(root) {
    this.root = root;
    this.list = root.querySelector('[data-outline-list]');
    this.kinds = root.querySelector('[data-outline-kind]');
    this.targets = root.querySelector('[data-outline-target]');
    this.kinds.append(...KINDS.map((kind, index) => new Option(kindOf(kind), index)));
    this.list.addEventListener('click', (event) => this.clicked(event));
    this.list.addEventListener('focusin', (event) => this.choose(event.target.closest('[role=treeitem]')));
    this.list.addEventListener('keydown', (event) => this.key(event));
    root.addEventListener('click', ({ target }) => this.act(target.closest('[data-outline-do]')?.dataset.outlineDo));
  }

  // Follow an editor; `canEdit` says whether the list may change what it shows.
  follow(editor, canEdit) {
    this.editor = editor;
    this.root.toggleAttribute('data-reads', !canEdit);
    this.canEdit = canEdit;
    const redraw = () => {
      cancelAnimationFrame(this.frame);
      this.frame = requestAnimationFrame(() => this.draw());
    };
    for (const event of ['import.done', 'elements.changed', 'commandStack.changed', 'root.set']) editor.on(event, redraw);
    editor.on('selection.changed', ({ newSelection: [element] }) => this.mark(element));
    redraw();
  }

  draw() {
    if (this.list.querySelector('input')) return; // a name is being typed
    const rows = readingOrder(this.editor.get('canvas').getRootElement());
    this.rows = rows.map(({ element }) => element);
    const focused = this.list.contains(document.activeElement);
    this.list.replaceChildren(...rows.map((row) => this.row(row)));
    const current = this.rows.find((element) => element.id === this.current?.id) ?? this.rows[0];
    this.mark(current);
    if (focused) this.item(current)?.focus();
    this.targets.replaceChildren(...this.rows.map((element) => new Option(titleOf(element), element.id)));
  }

  row({ element, level }) {
    const item = document.createElement('li');
    item.setAttribute('role', 'treeitem');
    item.setAttribute('aria-level', level);
    item.setAttribute('aria-selected', 'false');
    item.dataset.id = element.id;
    item.dataset.level = Math.min(level, 6);
    item.tabIndex = -1;
    const name = document.createElement('strong');
    name.textContent = titleOf(element);
    const kind = document.createElement('span');
    kind.className = 'text-secondary';
    kind.textContent = kindOf(element);
    item.append(name, kind, ...flowsOf(element).map((flow) => this.way(flow)));
    return item;
  }

  way(flow) {
    const way = document.createElement('span');
    way.className = 'outline-way';
    const condition = flow.businessObject.conditionExpression?.body;
    const label = flow.businessObject.name || condition;
    way.textContent = label ? say('outlineWayIf', { label, target: titleOf(flow.target) })
      : say('outlineWay', { target: titleOf(flow.target) });
    return way;
  }

  item(element) {
    return element && this.list.querySelector(`[data-id="${CSS.escape(element.id)}"]`);
  }

  mark(element) {
    if (!element || !this.rows?.some((row) => row.id === element.id)) return;
    this.current = element;
    for (const item of this.list.children) {
      const isThis = item.dataset.id === element.id;
      item.setAttribute('aria-selected', isThis);
      item.tabIndex = isThis ? 0 : -1;
      if (isThis) item.scrollIntoView({ block: 'nearest' });
    }
  }

  choose(item) {
    const element = item && this.editor.get('elementRegistry').get(item.dataset.id);
    if (!element || element === this.current && this.editor.get('selection').isSelected(element)) return;
    this.mark(element);
    this.editor.get('selection').select(element);
    this.editor.get('canvas').scrollToElement(element, 60);
  }

  clicked({ target }) {
    target.closest('[role=treeitem]')?.focus();
  }

  key(event) {
    if (event.isComposing || event.target.matches('input')) return;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const place = this.rows.indexOf(this.current);
    if (step) this.item(this.rows[place + step])?.focus();
    else if (event.key === 'Home') this.item(this.rows[0])?.focus();
    else if (event.key === 'End') this.item(this.rows.at(-1))?.focus();
    else if (event.key === 'F2' || event.key === 'Enter') this.act('rename');
    else if (event.key === 'Delete') this.act('remove');
    else if (event.key === '+' || event.key === 'Insert') this.kinds.focus();
    else return;
    event.preventDefault();
  }

  act(action) {
    if (!action || !this.canEdit || !this.current) return;
    const modeling = this.editor.get('modeling');
    const { current } = this;
    if (action === 'rename') return this.rename();
    if (action === 'add') {
      const shape = addStep(this.editor, current, KINDS[this.kinds.value]);
      this.editor.get('selection').select(shape);
      this.current = shape;
      return this.drawThen(() => this.rename());
    }
    if (action === 'connect') {
      const target = this.editor.get('elementRegistry').get(this.targets.value);
      if (target && isNode(target) && !next(current).includes(target)) modeling.connect(current, target);
    }
    if (action === 'remove') {
      const place = this.rows.indexOf(current);
      this.current = this.rows[place + 1] ?? this.rows[place - 1];
      modeling.removeElements([current]);
      this.drawThen(() => this.item(this.current)?.focus());
    }
  }

  drawThen(callback) {
    cancelAnimationFrame(this.frame);
    this.draw();
    callback();
  }

  // Type a new name in the row itself; Escape leaves the old one.
  rename() {
    const { current } = this;
    const item = this.item(current);
    const box = document.createElement('input');
    box.className = 'form-control form-control-sm';
    box.value = current.businessObject.name ?? '';
    box.setAttribute('aria-label', say('outlineName'));
    let isDone = false;
    const finish = (keeps) => {
      if (isDone) return;
      isDone = true;
      const name = box.value.trim();
      box.remove();
      if (keeps && name !== (current.businessObject.name ?? '')) this.editor.get('modeling').updateLabel(current, name);
      this.drawThen(() => this.item(current)?.focus());
    };
    box.addEventListener('keydown', (event) => {
      if (event.isComposing || !['Enter', 'Escape'].includes(event.key)) return;
      event.preventDefault();
      event.stopPropagation();
      finish(event.key === 'Enter');
    });
    box.addEventListener('blur', () => finish(true));
    item.querySelector('strong').replaceWith(box);
    box.focus();
    box.select();
  }
}
