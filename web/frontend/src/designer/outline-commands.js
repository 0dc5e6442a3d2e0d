// Adding a step behind another without a mouse, as one step of undo: room is made, and the flow leads through it.
import { flowsOf, next } from './outline-order.js';

const GAP_PX = 60;

class AddStepHandler {
  constructor(modeling, elementFactory, spaceTool, canvas, elementRegistry) {
    Object.assign(this, { modeling, elementFactory, spaceTool, canvas, elementRegistry });
  }

  preExecute(context) {
    const { after, type, eventDefinitionType } = context;
    const shape = this.elementFactory.createShape({ type, eventDefinitionType });
    const [flow] = flowsOf(after);
    const isEnd = type === 'bpmn:EndEvent';
    if (flow && !isEnd) {
      const way = this.makeRoom(after, flow.target, shape);
      context.shape = this.modeling.createShape(shape, way, flow.parent, { attach: false });
      this.lead(flow, context.shape);
    } else {
      context.shape = this.modeling.appendShape(after, shape, this.beside(after, shape), after.parent);
    }
  }

  // Shift everything beyond `after`, in the direction in which its flow leads.
  makeRoom(after, target, shape) {
    const from = middle(after);
    const to = middle(target);
    const axis = Math.abs(to.x - from.x) >= Math.abs(to.y - from.y) ? 'x' : 'y';
    const side = axis === 'x' ? 'width' : 'height';
    const sign = to[axis] >= from[axis] ? 1 : -1;
    const needed = shape[side] + GAP_PX;
    const start = sign > 0 ? after[axis] + after[side] + 1 : after[axis] - 1;
    const all = this.elementRegistry.filter((element) => element.parent);
    const { movingShapes, resizingShapes } = this.spaceTool.calculateAdjustments(all, axis, sign * needed, start);
    const delta = { x: 0, y: 0, [axis]: sign * needed };
    const direction = { x: sign > 0 ? 'e' : 'w', y: sign > 0 ? 's' : 'n' }[axis];
    this.modeling.createSpace(movingShapes, resizingShapes, delta, direction, start);
    return { ...from, [axis]: start + sign * (GAP_PX / 2 + shape[side] / 2) };
  }

  lead(flow, shape) {
    const { target } = flow;
    this.modeling.reconnectEnd(flow, shape, { x: shape.x, y: shape.y + shape.height / 2 });
    this.modeling.layoutConnection(flow);
    this.modeling.connect(shape, target, { type: 'bpmn:SequenceFlow' });
  }

  beside(after, shape) {
    const others = next(after).length;
    return {
      x: after.x + after.width + GAP_PX + shape.width / 2,
      y: after.y + after.height / 2 + others * (shape.height + GAP_PX),
    };
  }
}
AddStepHandler.$inject = ['modeling', 'elementFactory', 'spaceTool', 'canvas', 'elementRegistry'];

const middle = (shape) => ({ x: shape.x + shape.width / 2, y: shape.y + shape.height / 2 });

export function addStep(editor, after, kind) {
  const stack = editor.get('commandStack');
  const context = { after, ...kind };
  stack.execute('outline.addStep', context);
  return context.shape;
}

class Register {
  constructor(commandStack) {
    commandStack.registerHandler('outline.addStep', AddStepHandler);
  }
}
Register.$inject = ['commandStack'];

export default { __init__: ['outlineCommands'], outlineCommands: ['type', Register] };
