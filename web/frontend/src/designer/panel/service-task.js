// A service task: which service of the product it calls, what with, and where the result goes.
import { extension } from './change.js';
import { entry, feelEntry, settingEntry } from './entries.jsx';

const OPERATOR = 'ServiceTaskOperator';
const operator = (element) => extension(element, OPERATOR);
const parameters = (element) => operator(element)?.get('parameterList')?.get('parameters') ?? [];

// A service by its name, with values by the name of a parameter; a parameter without a value is left out.
function call(change, { id, resultVariable, values, types }) {
  const made = change.create(`spiffworkflow:${OPERATOR}`, { id, resultVariable });
  const list = change.create('spiffworkflow:Parameters', {}, made);
  list.set('parameters', Object.keys(values).filter((name) => values[name]).map((name) =>
    change.create('spiffworkflow:Parameter', { id: name, type: types[name] ?? 'any', value: values[name] }, list)));
  made.set('parameterList', list.get('parameters').length ? list : undefined);
  change.replace(OPERATOR, made);
}

function current(element) {
  const { id, resultVariable } = operator(element);
  const rows = parameters(element);
  return {
    id, resultVariable,
    values: Object.fromEntries(rows.map((row) => [row.id, row.value])),
    types: Object.fromEntries(rows.map((row) => [row.id, row.type])),
  };
}

const result = entry('text', 'flow-result-variable', 'Result variable', {
  read: (element) => operator(element)?.resultVariable ?? '',
  write: (change, value, element) => call(change, { ...current(element), resultVariable: value || undefined }),
});
const fields = settingEntry('text', 'result_fields', 'Variables from the result', {
  description: 'Names in the result that become variables of their own, parted by spaces.',
});

const typesOf = (service) => Object.fromEntries((service?.params ?? []).map(({ id, type }) => [id, type]));

// What the service before had of the same name stays.
function choose(change, service, element) {
  const before = operator(element) ? current(element) : { values: {} };
  const types = typesOf(service);
  const values = Object.fromEntries(Object.keys(types).map((name) => [name, before.values[name]]));
  call(change, { id: service.id, resultVariable: before.resultVariable, values, types });
}

function grouped(services) {
  const groups = new Map();
  for (const { id, label } of services) {
    const area = id.split('.')[0];
    groups.set(area, [...groups.get(area) ?? [], { value: id, label }]);
  }
  return [...groups].map(([area, children]) => ({ words: area, children }));
}

export function serviceTask(palette) {
  const offered = [{ value: '', words: 'None yet' }, ...grouped(palette.services)];
  const service = entry('choice', 'flow-service', 'Service', {
    read: (element) => operator(element)?.id ?? '',
    write: (change, value, element) => {
      const chosen = palette.services.find(({ id }) => id === value);
      if (chosen) choose(change, chosen, element);
      else change.replace(OPERATOR, undefined);
    },
    options: () => offered,
  });
  return (element) => (operator(element) ? [service, result, fields] : [service]);
}

function parameter(name, type) {
  return feelEntry(`flow-parameter-${name}`, name, {
    plain: true,
    description: (element, translate) => translate(`type ${type}`),
    read: (element) => parameters(element).find((row) => row.id === name)?.value ?? '',
    write: (change, value, element) => {
      const now = current(element);
      call(change, { ...now, values: { ...now.values, [name]: value }, types: { ...now.types, [name]: now.types[name] ?? type } });
    },
  });
}

// Those that the service takes, and those that the file has besides.
export function serviceParameters(palette) {
  return (element) => {
    const types = typesOf(palette.services.find(({ id }) => id === operator(element)?.id));
    for (const row of parameters(element)) types[row.id] ??= row.type ?? 'any';
    return Object.entries(types).map(([name, type]) => parameter(name, type));
  };
}
