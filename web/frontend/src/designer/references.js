// A reference to something that the file does not declare, such as a multi-instance over the FEEL expression
// `chain.together`, is dropped by bpmn-moddle when it reads. It gets a stand-in with that id, which is written again.
export function keepReferences(warnings) {
  for (const { element, property, value } of warnings) {
    if (!element || !property || !value) continue;
    const standIn = { id: value, $type: 'bpmn:BaseElement', $instanceOf: () => false, get: () => undefined };
    const descriptor = element.$descriptor.propertiesByName[property];
    if (descriptor?.isMany) element.get(property).push(standIn);
    else element.set(property, standIn);
  }
}
