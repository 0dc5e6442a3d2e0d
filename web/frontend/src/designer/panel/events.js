// What events and message tasks hand over: fields that they take, and payloads that they throw.
import { getBusinessObject, is, isAny } from 'bpmn-js/lib/util/ModelUtil';
import { feelSetting, settingEntry } from './entries.jsx';

const started = settingEntry('text', 'fields', 'Variables that the caller sets', { description: 'Names, parted by spaces.' });
const taken = settingEntry('text', 'fields', 'Variables from the message', { description: 'Names, parted by spaces. Nothing else is taken.' });
const thrown = feelSetting('payload', 'What goes along (FEEL)', { description: 'A context, such as {amount: amount}.' });
const correlation = feelSetting('correlation', 'Belongs to (FEEL)', {
  description: 'Only a message with an equal value is taken.',
});
const error = settingEntry('text', 'error_variable', 'Variable for the error');
const escalation = settingEntry('text', 'escalation_variable', 'Variable for the escalation');

function has(element, kind) {
  return (getBusinessObject(element).get('eventDefinitions') ?? []).some((item) => item.$type === `bpmn:${kind}EventDefinition`);
}

export function event(element) {
  if (is(element, 'bpmn:SendTask')) return [thrown, correlation];
  if (is(element, 'bpmn:ReceiveTask')) return [taken, correlation];
  if (is(element, 'bpmn:StartEvent')) return [started];
  const isThrown = isAny(element, ['bpmn:ThrowEvent']);
  return [
    ...(has(element, 'Message') || has(element, 'Signal') ? [isThrown ? thrown : taken] : []),
    ...(has(element, 'Message') ? [correlation] : []),
    ...(has(element, 'Error') && !isThrown ? [error] : []),
    ...(has(element, 'Escalation') && !isThrown ? [escalation] : []),
  ];
}
