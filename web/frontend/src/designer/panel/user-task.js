// A user task: who is asked, with which form, under which title, and by when.
import { getBusinessObject } from 'bpmn-js/lib/util/ModelUtil';
import { setting } from './change.js';
import { entry, feelSetting, settingEntry } from './entries.jsx';

const ROLE = 'role:';
const CHAIN = 'chain';
const COMPUTED = 'computed';
const WHO = ['role', 'candidates', 'step'];

// What the shipped flow has at `approve`: everything about the task comes from the step of the approval chain.
function chainSettings(element) {
  const step = `=chain.steps[${place(element)} + 1]`;
  return {
    role: undefined,
    candidates: `${step}.signers[item.user != null].user`,
    title: `${step}.title`,
    title_zh: `${step}.title_zh`,
    due_hours: `${step}.due_hours`,
    step,
  };
}

// In a loop over the steps that are asked at the same time it is the item that says which.
function place(element) {
  const loop = getBusinessObject(element).get('loopCharacteristics');
  const item = loop?.get('inputDataItem');
  return loop?.get('loopDataInputRef')?.id === 'chain.together' && item ? item.name || item.id : 'chain.position';
}

function who(element) {
  const candidates = setting(element, 'candidates');
  if (setting(element, 'step') && candidates.endsWith('.signers[item.user != null].user')) return CHAIN;
  if (candidates) return COMPUTED;
  const role = setting(element, 'role');
  return role && ROLE + role;
}

// What the chain has set goes with the chain; what somebody has typed stays.
function fromChain(element) {
  return Object.fromEntries(['title', 'title_zh', 'due_hours']
    .filter((name) => setting(element, name).startsWith('=chain.steps['))
    .map((name) => [name, undefined]));
}

function setWho(change, value, element) {
  if (value === CHAIN) return change.settings(chainSettings(element));
  const none = Object.fromEntries(WHO.map((name) => [name, undefined]));
  const chosen = value?.startsWith(ROLE) ? { role: value.slice(ROLE.length) } : value === COMPUTED ? { candidates: '=[]' } : {};
  return change.settings({ ...none, ...fromChain(element), ...chosen });
}

const candidates = feelSetting('candidates', 'People (FEEL)', {
  description: 'A list of the ids of people.',
  write: (change, value) => change.settings({ candidates: value && `=${value}` }),
});
const both = settingEntry('text', 'role', 'Role as well');
const rest = [
  settingEntry('text', 'fields', 'Fields of the answer', { description: 'Names, parted by spaces. Nothing else is taken.' }),
  settingEntry('feel', 'title', 'Title in the inbox', { feel: 'optional' }),
  settingEntry('feel', 'title_zh', 'Title in the inbox, in Chinese', { feel: 'optional' }),
  settingEntry('feel', 'due_hours', 'Due after (working hours)', { feel: 'optional' }),
];

export function userTask(palette) {
  const whoEntry = entry('choice', 'flow-who', 'Who is asked', {
    read: who,
    write: setWho,
    options: () => [
      { value: '', words: 'Nobody yet' },
      { value: CHAIN, words: "The approval chain's step" },
      { value: COMPUTED, words: 'Computed people' },
      ...palette.roles.map(({ id, label }) => ({ value: ROLE + id, label })),
    ],
  });
  const form = settingEntry('choice', 'form_key', 'Form', {
    options: () => [{ value: '', words: 'None yet' }, ...palette.forms.map(({ id, label }) => ({ value: id, label }))],
    write: (change, value) => {
      const chosen = palette.forms.find(({ id }) => id === value);
      change.settings({ form_key: value, ...(chosen && { fields: chosen.fields.join(' ') }) });
    },
  });
  return (element) => [
    whoEntry,
    ...(who(element) === COMPUTED ? [candidates] : []),
    ...(who(element) === COMPUTED && setting(element, 'role') ? [both] : []),
    form,
    ...rest,
  ];
}
