// The words of bpmn.io's editors in the reader's language: their own Chinese dictionary, and ours for what it lacks.
import bpmn from 'bpmn-js-i18n-zh/lib/bpmn-js';
import panel from 'bpmn-js-i18n-zh/lib/properties-panel';
import own from './zh.json';

const isChinese = document.documentElement.lang.startsWith('zh');
const dictionary = new Map();

// Newer versions write "task" where the dictionary has "Task".
for (const [english, chinese] of Object.entries({ ...bpmn, ...panel, ...own })) {
  dictionary.set(english.toLowerCase(), chinese);
}

export function translate(template, values = {}) {
  if (isChinese && !dictionary.has(String(template).toLowerCase())) globalThis.untranslated?.add(String(template));
  const text = (isChinese && dictionary.get(String(template).toLowerCase())) || String(template);
  return text.replace(/{\s*([^}\s]+)\s*}/g, (whole, name) => values[name] ?? whole);
}

export default { translate: ['value', translate] };
