// Activities that run several times: once for each item of a collection, a number of times, or while something is true.
import { getBusinessObject } from 'bpmn-js/lib/util/ModelUtil';
import { standIn } from '../keeping.js';
import { entry, feelEntry } from './entries.jsx';

const loop = (element) => getBusinessObject(element).get('loopCharacteristics');
const isLoop = (element, type) => loop(element)?.$type === `bpmn:${type}LoopCharacteristics`;

const expression = (id, label, part) => feelEntry(id, label, {
  read: (element) => loop(element).get(part)?.get('body'),
  write: (change, value, element) => change.set(loop(element), {
    [part]: value && change.create('bpmn:FormalExpression', { body: value }, loop(element)),
  }),
});

const item = (id, label, part, ending) => entry('text', id, label, {
  read: (element) => loop(element).get(part)?.name ?? loop(element).get(part)?.id ?? '',
  write: (change, value, element) => change.set(loop(element), {
    [part]: value && change.create(ending.type, { id: `${change.object.id}_${ending.id}`, name: value }, loop(element)),
  }),
});

const INPUT = { type: 'bpmn:DataInput', id: 'item' };
const OUTPUT = { type: 'bpmn:DataOutput', id: 'result' };

const several = [
  feelEntry('flow-loop-collection', 'Once for each of (FEEL)', {
    read: (element) => loop(element).get('loopDataInputRef')?.id,
    write: (change, value, element) => change.set(loop(element), { loopDataInputRef: value && standIn(value) }),
  }),
  item('flow-loop-item', 'Variable for the item', 'inputDataItem', INPUT),
  expression('flow-loop-number', 'Or a number of times (FEEL)', 'loopCardinality'),
  entry('toggle', 'flow-loop-sequential', 'One after the other', {
    read: (element) => Boolean(loop(element).get('isSequential')),
    write: (change, value, element) => change.draw(element, {
      loopCharacteristics: copied(change, loop(element), { isSequential: value }),
    }),
  }),
  expression('flow-loop-completion', 'Enough when (FEEL)', 'completionCondition'),
  entry('text', 'flow-loop-results', 'Variable for the list of results', {
    read: (element) => loop(element).get('loopDataOutputRef')?.id ?? '',
    write: (change, value, element) => change.set(loop(element), { loopDataOutputRef: value && standIn(value) }),
  }),
  item('flow-loop-result', 'Variable for one result', 'outputDataItem', OUTPUT),
];
const again = [
  expression('flow-loop-condition', 'Again while (FEEL)', 'loopCondition'),
  entry('text', 'flow-loop-maximum', 'At most (times)', {
    read: (element) => loop(element).get('loopMaximum') ?? '',
    write: (change, value, element) => change.set(loop(element), { loopMaximum: value || undefined }),
  }),
];

// bpmn.io draws the marker of a loop anew only for another loop.
function copied(change, old, changes) {
  const made = change.create(old.$type, {}, old.$parent);
  for (const { name } of old.$descriptor.properties) {
    if (old[name] !== undefined && name !== 'id') made[name] = old[name];
  }
  return Object.assign(made, changes);
}

export function repetition(element) {
  if (isLoop(element, 'MultiInstance')) return several;
  return isLoop(element, 'Standard') ? again : [];
}
