// The kinds of entries. Each is one component for good: one that is made anew while groups are gathered would lose
// what is being typed. What an entry is about comes with it: `read(element)`, and `write(change, value, element)`.
import {
  CheckboxEntry, FeelEntry, SelectEntry, TextFieldEntry,
  isCheckboxEntryEdited, isFeelEntryEdited, isSelectEntryEdited, isTextFieldEntryEdited,
} from '@bpmn-io/properties-panel';
import { useEffect, useState } from '@bpmn-io/properties-panel/preact/hooks';
import { useService } from 'bpmn-js-properties-panel';
import { Change, setting } from './change.js';

function useEntry({ element, id, label, description, read, write, plain }) {
  const injector = useService('injector');
  const translate = useService('translate');
  const debounce = useService('debounceInput');
  return {
    element, id, debounce, translate,
    label: plain ? label : translate(label),
    description: typeof description === 'function' ? description(element, translate) : description && translate(description),
    getValue: () => read(element),
    setValue: (value) => {
      const change = new Change(injector, element);
      write(change, value, element);
      change.run();
    },
  };
}

function Text(props) {
  return <TextFieldEntry {...useEntry(props)} />;
}

function Choice(props) {
  const entry = useEntry(props);
  const value = props.read(props.element);
  return <SelectEntry {...entry} getOptions={() => shown(props.options(props.element), value, entry.translate)} />;
}

// What a file says stays to be seen, also when nothing of that name is offered.
function shown(options, value, translate) {
  const all = options.flatMap((option) => option.children ?? [option]);
  const known = options.map((option) => said(option, translate));
  const isKnown = all.some((option) => option.value === value);
  return isKnown || !value ? known : [...known, { value, label: translate('{name} (unknown)', { name: value }) }];
}

function said({ value, label, words, children }, translate) {
  return {
    value, label: words ? translate(words) : label,
    ...(children && { children: children.map((child) => said(child, translate)) }),
  };
}

function Toggle(props) {
  return <CheckboxEntry {...useEntry(props)} />;
}

// FEEL: `feel` is "required", or "optional" where a text may stand as well. Both have the values of FEEL after "=".
function Feel(props) {
  const entry = useEntry(props);
  const known = useService('knownVariables');
  const eventBus = useService('eventBus');
  const [variables, setVariables] = useState(known.at(props.element));
  useEffect(() => {
    const learn = () => setVariables(known.at(props.element));
    learn();
    eventBus.on('variables.known', learn);
    return () => eventBus.off('variables.known', learn);
  }, [props.element]);
  return <FeelEntry {...entry} feel={props.feel} variables={variables} />;
}

const KINDS = {
  text: [Text, isTextFieldEntryEdited],
  choice: [Choice, isSelectEntryEdited],
  toggle: [Toggle, isCheckboxEntryEdited],
  feel: [Feel, isFeelEntryEdited],
};

export function entry(kind, id, label, more) {
  const [component, isEdited] = KINDS[kind];
  return { component, isEdited, id, label, ...more };
}

// An entry for a property of the element.
export const settingEntry = (kind, name, label, more = {}) => entry(kind, `flow-${name}`, label, {
  read: (element) => setting(element, name),
  write: (change, value) => change.settings({ [name]: value }),
  ...more,
});

const behindSign = (text) => (text ? `=${text}` : '');
const withoutSign = (text) => (text ?? '').replace(/^=/, '').trim() || undefined;

// FEEL that the file has without a sign before it.
export const feelEntry = (id, label, { read, write, ...more }) => entry('feel', id, label, {
  feel: 'required',
  read: (element) => behindSign(read(element)),
  write: (change, value, element) => write(change, withoutSign(value), element),
  ...more,
});

// The same for a property.
export const feelSetting = (name, label, more = {}) => feelEntry(`flow-${name}`, label, {
  read: (element) => withoutSign(setting(element, name)),
  write: (change, value) => change.settings({ [name]: value }),
  ...more,
});
