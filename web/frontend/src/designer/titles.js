// A diagram has English names, and Chinese ones beside them in the property `name_zh`. Whoever reads Chinese edits
// those: while the diagram is shown, `name` holds the Chinese one and the property, called `name_en`, the English one.
// Files never hold `name_en`.
const isChinese = () => document.documentElement.lang.startsWith('zh');
const PROPERTIES = 'spiffworkflow:Properties';

export const OTHER_NAME = isChinese() ? 'name_en' : 'name_zh';

// The English names of what has no Chinese one yet.
const onlyEnglish = new WeakMap();

// The name in the language that is not shown.
export function otherName(bo) {
  return property(bo, OTHER_NAME)?.value ?? (isChinese() ? onlyEnglish.get(bo) : undefined);
}

function property(bo, name) {
  const box = bo.get('extensionElements')?.get('values').find((value) => value.$type === PROPERTIES);
  return box?.get('properties').find((item) => item.name === name);
}

function add(moddle, bo, name, value) {
  const child = (parent, type, attributes) => {
    const made = moddle.create(type, attributes);
    made.$parent = parent;
    return made;
  };
  if (!bo.get('extensionElements')) bo.set('extensionElements', child(bo, 'bpmn:ExtensionElements', { values: [] }));
  const values = bo.get('extensionElements').get('values');
  let box = values.find((item) => item.$type === PROPERTIES);
  if (!box) values.push(box = child(bo.get('extensionElements'), PROPERTIES, { properties: [] }));
  box.get('properties').unshift(child(box, 'spiffworkflow:Property', { name, value }));
}

function remove(bo, item) {
  const box = item.$parent;
  box.set('properties', box.get('properties').filter((other) => other !== item));
  if (box.get('properties').length) return;
  const extension = bo.get('extensionElements');
  extension.set('values', extension.get('values').filter((other) => other !== box));
  if (!extension.get('values').length) bo.set('extensionElements', undefined);
}

// Everything that can have a name: walk whatever a diagram contains, however deep.
function* named(element, seen = new Set()) {
  if (seen.has(element)) return;
  seen.add(element);
  if (element.$instanceOf('bpmn:BaseElement') && element.$descriptor.propertiesByName.name) yield element;
  for (const { name, isReference } of element.$descriptor.properties) {
    if (isReference || name === 'extensionElements' || name === 'di') continue;
    const value = element[name];
    for (const child of Array.isArray(value) ? value : [value]) {
      if (child?.$descriptor && child.$instanceOf?.('bpmn:BaseElement')) yield* named(child, seen);
    }
  }
}

export function showOwnLanguage(moddle, definitions) {
  if (!isChinese()) return;
  for (const bo of named(definitions)) {
    const chinese = property(bo, 'name_zh');
    if (chinese) {
      chinese.name = 'name_en';
      [bo.name, chinese.value] = [chinese.value, bo.name ?? ''];
    } else if (bo.name) {
      onlyEnglish.set(bo, bo.name);
    }
  }
}

// As files have it, for as long as `write` takes to read everything, and then as it is shown again.
export async function inFileLanguage(moddle, definitions, write) {
  if (!isChinese()) return write();
  for (const bo of named(definitions)) toFile(moddle, bo);
  try {
    return await write();
  } finally {
    showOwnLanguage(moddle, definitions);
  }
}

function toFile(moddle, bo) {
  const english = property(bo, 'name_en');
  if (english && bo.name) {
    english.name = 'name_zh';
    [bo.name, english.value] = [english.value || undefined, bo.name];
  } else if (english) {
    remove(bo, english);
  } else if (bo.name && onlyEnglish.has(bo) && onlyEnglish.get(bo) !== bo.name) {
    add(moddle, bo, 'name_zh', bo.name);
    bo.name = onlyEnglish.get(bo);
  }
}
