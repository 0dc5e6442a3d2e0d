// The groups of the panel: what the engine reads, in place of bpmn.io's general ones.
import { Group } from '@bpmn-io/properties-panel';
import { is } from 'bpmn-js/lib/util/ModelUtil';
import { event } from './events.js';
import { OTHER } from './general.js';
import { repetition } from './loop.js';
import { callActivity, decisionTask, scriptTask } from './rules.js';
import { sequenceFlow } from './sequence-flow.js';
import { serviceParameters, serviceTask } from './service-task.js';
import { timerEvent } from './timer.js';
import { userTask } from './user-task.js';
import { KnownVariables } from './variables.js';

// Of bpmn.io's groups those that name what an event waits for, and the notes; ours stand in the place of the rest.
const KEPT = ['general', 'message', 'signal', 'error', 'escalation', 'link', 'documentation'];
const AFTER_BPMN = 400;

export class FlowPanel {
  constructor(propertiesPanel, translate, palette) {
    this.translate = translate;
    this.groups = [
      ['task', 'Task', 'bpmn:UserTask', userTask(palette)],
      ['service', 'Service', 'bpmn:ServiceTask', serviceTask(palette)],
      ['parameters', 'Parameters', 'bpmn:ServiceTask', serviceParameters(palette)],
      ['decision', 'Decision', 'bpmn:BusinessRuleTask', decisionTask(palette)],
      ['script', 'Script', 'bpmn:ScriptTask', scriptTask],
      ['call', 'Called process', 'bpmn:CallActivity', callActivity],
      ['way', 'Way', 'bpmn:SequenceFlow', sequenceFlow],
      ['timer', 'Timer', 'bpmn:Event', timerEvent],
      ['data', 'Data', 'bpmn:FlowNode', event],
      ['loop', 'Repetition', 'bpmn:Activity', repetition],
    ];
    propertiesPanel.registerProvider(AFTER_BPMN, this);
  }

  getGroups(element) {
    return (groups) => {
      const kept = KEPT.map((id) => groups.find((group) => group.id === id)).filter(Boolean);
      const [general, ...others] = kept.map((group) => this.general(element, group));
      const notes = others.filter((group) => group.id === 'documentation');
      return [general, ...others.filter((group) => !notes.includes(group)), ...this.own(element), ...notes];
    };
  }

  // Labels, texts and colours have no second name of their own: it belongs to what they are about.
  general(element, group) {
    if (group.id !== 'general') return { ...group, shouldOpen: group.id !== 'documentation' };
    const at = group.entries.findIndex((item) => item.id === 'name');
    const entries = at < 0 ? group.entries : group.entries.toSpliced(at + 1, 0, OTHER);
    return { ...group, entries, shouldOpen: true };
  }

  own(element) {
    return this.groups
      .filter(([, , type]) => is(element, type))
      .map(([id, label, , entriesOf]) => ({
        id: `flow-${id}`, label: this.translate(label), entries: entriesOf(element), component: Group, shouldOpen: true,
      }))
      .filter(({ entries }) => entries.length);
  }
}
FlowPanel.$inject = ['propertiesPanel', 'translate', 'designerPalette'];

export default {
  __init__: ['flowPanel', 'knownVariables'],
  flowPanel: ['type', FlowPanel],
  knownVariables: ['type', KnownVariables],
};
