// What bpmn.io would drop of a file when it is opened and written again is kept here.
import BpmnUpdater from 'bpmn-js/lib/features/modeling/BpmnUpdater';

export function standIn(id) {
  return { id, $type: 'bpmn:BaseElement', $instanceOf: () => false, get: () => undefined };
}

// A reference to something that the file does not declare, such as a multi-instance over the FEEL expression
// `chain.together`, is dropped when a file is read. It gets a stand-in with that id, which is written again.
export function keepReferences(warnings) {
  for (const { element, property, value } of warnings) {
    if (!element || !property || !value) continue;
    const reference = standIn(value);
    const descriptor = element.$descriptor.propertiesByName[property];
    if (descriptor?.isMany) element.get(property).push(reference);
    else element.set(property, reference);
  }
}

// Beside pools, a process of its own is drawn only if it has lanes, or an empty list of them.
export function drawFloatingProcesses(definitions) {
  const roots = definitions.get('rootElements');
  const pooled = new Set(roots.filter((root) => root.$instanceOf('bpmn:Collaboration'))
    .flatMap((root) => root.get('participants').map((participant) => participant.processRef)));
  for (const root of roots) {
    if (root.$instanceOf('bpmn:Process') && !root.laneSets && !pooled.has(root)) root.laneSets = [];
  }
}

// An element of such a process stands on the canvas of the pools, but stays in its process when it is moved.
class FloatingUpdater extends BpmnUpdater {
  updateSemanticParent(bo, newParent, visualParent) {
    const floats = newParent?.$instanceOf('bpmn:Collaboration') && bo.$instanceOf('bpmn:FlowElement') && bo.$parent;
    return super.updateSemanticParent(bo, floats ? bo.$parent : newParent, visualParent);
  }
}
FloatingUpdater.$inject = BpmnUpdater.$inject;

// Whether an element is still part of the file; a shape that never had one is left as it was.
function isThere(element) {
  let top = element;
  while (top?.$parent) top = top.$parent;
  return !element || top.$type === 'bpmn:Definitions';
}

// Shapes and edges of what is not drawn leave the file when it is written. They go back, unless their element is gone.
export class UndrawnShapes {
  constructor(eventBus, elementRegistry, bpmnjs) {
    let undrawn = [];
    eventBus.on('import.done', () => {
      const planes = bpmnjs.getDefinitions().get('diagrams').map((diagram) => diagram.plane).filter(Boolean);
      undrawn = planes.flatMap((plane) => plane.get('planeElement')
        .filter((di) => !elementRegistry.get(di.bpmnElement?.id))
        .map((di) => [plane, di]));
    });
    eventBus.on('saveXML.start', 1, () => {
      for (const [plane, di] of undrawn) {
        if (isThere(di.bpmnElement) && !plane.get('planeElement').includes(di)) plane.get('planeElement').push(di);
      }
    });
  }
}
UndrawnShapes.$inject = ['eventBus', 'elementRegistry', 'bpmnjs'];

export default {
  __init__: ['undrawnShapes'],
  undrawnShapes: ['type', UndrawnShapes],
  bpmnUpdater: ['type', FloatingUpdater],
};
