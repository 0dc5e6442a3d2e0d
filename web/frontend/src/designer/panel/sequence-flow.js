// Which way a flow goes on: conditions, and the way that is taken when none is true.
import { getBusinessObject, is, isAny } from 'bpmn-js/lib/util/ModelUtil';
import { entry, feelEntry } from './entries.jsx';

const isDefault = (element) => getBusinessObject(element.source).get('default') === getBusinessObject(element);

const condition = feelEntry('flow-condition', 'Condition (FEEL)', {
  read: (element) => getBusinessObject(element).get('conditionExpression')?.get('body'),
  write: (change, value, element) => change.draw(element, {
    conditionExpression: value && change.create('bpmn:FormalExpression', { body: value }, change.object),
  }),
});

const otherwise = entry('toggle', 'flow-default', 'Taken when no condition is true', {
  read: isDefault,
  write: (change, value, element) => {
    change.draw(element.source, { default: value ? change.object : undefined });
    if (value) change.draw(element, { conditionExpression: undefined });
  },
});

export function sequenceFlow(element) {
  if (!element.source || !isAny(element.source, ['bpmn:ExclusiveGateway', 'bpmn:InclusiveGateway', 'bpmn:Activity'])) return [];
  const chosen = isDefault(element) ? [otherwise] : [condition, otherwise];
  return is(element.source, 'bpmn:Activity') ? [condition] : chosen;
}
