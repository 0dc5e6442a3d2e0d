// How diagrams are drawn here: in the colours of the page, so that they follow its theme.
export function drawing() {
  const { fontFamily } = getComputedStyle(document.body);
  return {
    bpmnRenderer: {
      defaultFillColor: 'var(--bpmn-fill)',
      defaultStrokeColor: 'var(--bpmn-stroke)',
      defaultLabelColor: 'var(--bpmn-text)',
    },
    textRenderer: { defaultStyle: { fontFamily, fontSize: 13 }, externalStyle: { fontFamily, fontSize: 11 } },
  };
}
