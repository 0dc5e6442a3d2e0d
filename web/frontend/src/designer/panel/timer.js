// When a timer fires: after a time, on a date, or again and again. ISO 8601, or FEEL that computes such a text.
import { getBusinessObject, is } from 'bpmn-js/lib/util/ModelUtil';
import { entry } from './entries.jsx';

const KINDS = { timeDuration: 'After a time', timeDate: 'On a date', timeCycle: 'Again and again' };
const UNITS = [['P', 'D', 'days'], ['PT', 'H', 'hours'], ['PT', 'M', 'minutes'], ['P', 'W', 'weeks']];
const SIMPLE = /^(PT?)(\d+)([WDHM])$/;

const timer = (element) => getBusinessObject(element).get('eventDefinitions')
  ?.find((definition) => definition.$type === 'bpmn:TimerEventDefinition');
const kindOf = (element) => Object.keys(KINDS).find((kind) => timer(element).get(kind)) ?? '';
const textOf = (element) => timer(element).get(kindOf(element) || 'timeDuration')?.get('body') ?? '';

function write(change, element, kind, body) {
  const definition = timer(element);
  const none = Object.fromEntries(Object.keys(KINDS).map((name) => [name, undefined]));
  const made = kind ? { [kind]: change.create('bpmn:FormalExpression', { body }, definition) } : {};
  change.set(definition, { ...none, ...made });
}

// "P3D" as 3 and the third unit; undefined for what is not that simple.
function simple(element) {
  const [, prefix, amount, letter] = SIMPLE.exec(textOf(element)) ?? [];
  const unit = UNITS.find((row) => row[0] === prefix && row[1] === letter);
  return unit && { amount, unit };
}

const kind = entry('choice', 'flow-timer-kind', 'Fires', {
  read: kindOf,
  write: (change, value, element) => write(change, element, value, value === 'timeDuration' ? 'P1D' : textOf(element)),
  options: (element) => [
    { value: '', words: 'Never yet' },
    ...Object.keys(KINDS)
      .filter((name) => name !== 'timeCycle' || is(element, 'bpmn:BoundaryEvent') || kindOf(element) === name)
      .map((name) => ({ value: name, words: KINDS[name] })),
  ],
});
const amount = entry('text', 'flow-timer-amount', 'How many', {
  read: (element) => simple(element)?.amount ?? '',
  write: (change, value, element) => {
    const { unit } = simple(element);
    const digits = /^\d+$/.test(value ?? '') ? value : '1';
    write(change, element, 'timeDuration', unit[0] + digits + unit[1]);
  },
});
const unit = entry('choice', 'flow-timer-unit', 'Of what', {
  read: (element) => simple(element)?.unit[2] ?? '',
  write: (change, value, element) => {
    const [prefix, letter] = UNITS.find((row) => row[2] === value);
    write(change, element, 'timeDuration', prefix + simple(element).amount + letter);
  },
  options: () => UNITS.map(([, , words]) => ({ value: words, words })),
});
const EXAMPLES = {
  timeDuration: 'ISO 8601, such as P3D or PT4H, or FEEL.',
  timeDate: 'ISO 8601, such as 2026-12-31T18:00:00+08:00, or FEEL.',
  timeCycle: 'ISO 8601, such as R3/P1D, or FEEL.',
};
const text = entry('text', 'flow-timer-text', 'As a text', {
  description: (element, translate) => translate(EXAMPLES[kindOf(element)]),
  read: textOf,
  write: (change, value, element) => write(change, element, kindOf(element), value ?? ''),
});

export function timerEvent(element) {
  if (!timer(element)) return [];
  const words = kindOf(element) === 'timeDuration' && simple(element) ? [amount, unit] : [];
  return [kind, ...words, ...(kindOf(element) ? [text] : [])];
}
