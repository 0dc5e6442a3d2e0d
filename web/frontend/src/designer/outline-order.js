// The elements of a diagram in the order in which they are read: along the flows, each once, what is attached to an
// element or stands inside it right behind it.
const isFlow = (element) => element.type === 'bpmn:SequenceFlow';
export const isNode = (element) => element.businessObject?.$instanceOf('bpmn:FlowNode') && element.type !== 'label';

// [{ element, level }]; level 1 is the outermost.
export function readingOrder(root, level = 1) {
  const nodes = (root.children ?? []).flatMap((child) => (isPool(child) ? nodesIn(child) : isNode(child) ? [child] : []));
  const seen = new Set();
  const rows = [];
  const starts = nodes.filter((node) => !node.incoming.some(isFlow) && !node.host);
  for (const first of [...starts, ...nodes]) walk(first);
  return rows;

  function walk(first) {
    const waiting = [first];
    while (waiting.length) {
      const node = waiting.pop();
      if (seen.has(node) || node.host && !seen.has(node.host)) continue;
      seen.add(node);
      rows.push({ element: node, level: level + (node.host ? 1 : 0) });
      rows.push(...readingOrder(node, level + 1));
      waiting.push(...next(node).reverse(), ...[...node.attachers ?? []].reverse());
    }
  }
}

const isPool = (element) => element.businessObject?.$instanceOf('bpmn:Participant') || element.type === 'bpmn:Lane';
const nodesIn = (pool) => pool.children.flatMap((child) => (isPool(child) ? nodesIn(child) : isNode(child) ? [child] : []));

export function next(node) {
  return node.outgoing.filter(isFlow).map((flow) => flow.target);
}

export const flowsOf = (node) => node.outgoing.filter(isFlow);
