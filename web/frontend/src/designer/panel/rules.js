// Decisions, scripts, and calls of other processes.
import { getBusinessObject } from 'bpmn-js/lib/util/ModelUtil';
import { extension } from './change.js';
import { entry, feelEntry, settingEntry } from './entries.jsx';

const result = settingEntry('text', 'result_variable', 'Result variable');
const resultOfDecision = settingEntry('text', 'result_variable', 'Result variable', {
  description: 'Without one it is the id of the decision.',
});

export function decisionTask(palette) {
  const decision = entry('choice', 'flow-decision', 'Decision', {
    read: (element) => extension(element, 'CalledDecisionId')?.value ?? '',
    write: (change, value) => change.text('CalledDecisionId', value),
    options: () => [{ value: '', words: 'None yet' }, ...palette.decisions.map(({ id, label }) => ({ value: id, label }))],
  });
  return () => [decision, resultOfDecision];
}

const script = feelEntry('flow-script', 'Expression (FEEL)', {
  read: (element) => getBusinessObject(element).get('script'),
  write: (change, value) => change.set(change.object, { script: value, scriptFormat: value && 'feel' }),
});

export const scriptTask = () => [script, result];

function definitions(element) {
  let above = getBusinessObject(element);
  while (above.$parent) above = above.$parent;
  return above;
}

function around(element) {
  let above = getBusinessObject(element);
  while (above && above.$type !== 'bpmn:Process') above = above.$parent;
  return above;
}

const called = entry('choice', 'flow-called', 'Process', {
  read: (element) => (getBusinessObject(element).get('calledElement') ?? '').replace(/^.*:/, ''),
  write: (change, value) => change.set(change.object, { calledElement: value || undefined }),
  options: (element) => [
    { value: '', words: 'None yet' },
    ...definitions(element).get('rootElements')
      .filter((item) => item.$type === 'bpmn:Process' && item !== around(element))
      .map((item) => ({ value: item.id, label: item.name || item.id })),
  ],
});

export const callActivity = () => [called];
