// One change of a person's to the settings of an element, however many parts of the file it touches: one step of undo.
import { getBusinessObject } from 'bpmn-js/lib/util/ModelUtil';

const PREFIX = 'spiffworkflow:';

export const extension = (element, type) => getBusinessObject(element).get('extensionElements')?.get('values')
  .find((value) => value.$type === PREFIX + type);

// The text of a `spiffworkflow:property`, or ''.
export const setting = (element, name) => extension(element, 'Properties')?.get('properties')
  .find((item) => item.name === name)?.value ?? '';

export class Change {
  constructor(injector, element) {
    this.element = element;
    this.object = getBusinessObject(element);
    this.factory = injector.get('bpmnFactory');
    this.stack = injector.get('commandStack');
    this.commands = [];
  }

  create(type, attributes, parent) {
    const made = this.factory.create(type, attributes);
    made.$parent = parent;
    return made;
  }

  // Attributes and parts of something within the element.
  set(moddleElement, properties) {
    this.commands.push({
      cmd: 'element.updateModdleProperties', context: { element: this.element, moddleElement, properties },
    });
  }

  // Attributes of a shape or connection, which is drawn anew.
  draw(element, properties) {
    this.commands.push({ cmd: 'element.updateProperties', context: { element, properties } });
  }

  // `values` by name. A blank one is dropped: the engine refuses a property without a value.
  settings(values) {
    const box = extension(this.element, 'Properties');
    const others = (box?.get('properties') ?? []).filter((item) => !(item.name in values) || values[item.name]);
    const known = new Set(others.map((item) => item.name));
    const owner = this.create(`${PREFIX}Properties`, {}, undefined);
    const property = (name, value) => this.create(`${PREFIX}Property`, { name, value }, owner);
    const properties = [
      ...others.map((item) => property(item.name, values[item.name] || item.value)),
      ...Object.keys(values).filter((name) => values[name] && !known.has(name)).map((name) => property(name, values[name])),
    ];
    owner.set('properties', properties);
    this.replace('Properties', properties.length ? owner : undefined);
  }

  // Put something in the place of the extension of that type; nothing takes it away.
  replace(type, made) {
    this.values ??= [...this.object.get('extensionElements')?.get('values') ?? []];
    const at = this.values.findIndex((value) => value.$type === PREFIX + type);
    if (at < 0 && made) this.values.push(made);
    else if (at >= 0) this.values.splice(at, 1, ...(made ? [made] : []));
  }

  text(type, value) {
    this.replace(type, value ? this.create(PREFIX + type, { value }) : undefined);
  }

  run() {
    if (this.values) this.writeExtensions();
    if (this.commands.length) this.stack.execute('properties-panel.multi-command-executor', this.commands);
  }

  writeExtensions() {
    let extensions;
    if (this.values.length) {
      extensions = this.create('bpmn:ExtensionElements', { values: this.values }, this.object);
      for (const value of this.values) value.$parent = extensions;
    }
    this.set(this.object, { extensionElements: extensions });
  }
}
