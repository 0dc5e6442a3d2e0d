// `select[data-pick]` with type-ahead; with `data-url` it asks the server: GET url?q=text → [{value, text, sub}].
import TomSelect from 'tom-select/dist/esm/tom-select.js';
import clearButton from 'tom-select/dist/esm/plugins/clear_button/plugin.js';
import removeButton from 'tom-select/dist/esm/plugins/remove_button/plugin.js';
import { getJson } from './http.js';
import { say } from './words.js';

TomSelect.define('remove_button', removeButton);
TomSelect.define('clear_button', clearButton);

function row(item, escape) {
  const sub = item.sub ? `<span class="pick-sub">${escape(item.sub)}</span>` : '';
  return `<div class="pick-option"><span>${escape(item.text)}</span>${sub}</div>`;
}

function labelOf(select) {
  return select.getAttribute('aria-label') ?? select.labels?.[0]?.textContent.trim() ?? select.name;
}

function remote(select) {
  const url = select.dataset.url;
  if (!url) return { refreshThrottle: 0 }; // or Enter, pressed at once, would choose from the list of before
  let latest = null;
  return {
    preload: 'focus',
    searchField: [], // the server has searched, also by pinyin and number: show its answer as it is
    score: () => () => 1,
    load(query, callback) {
      const address = new URL(url, location.href);
      address.searchParams.set('q', query);
      latest = address;
      const show = (options) => {
        if (latest !== address) return callback(); // the person has typed on: a late answer is no answer
        this.clearActiveOption(); // or aria-activedescendant would name an option that is gone
        this.clearOptions((option) => this.items.includes(String(option.value)));
        callback(options);
      };
      getJson(address).then(show, () => callback());
    },
    loadThrottle: 200,
  };
}

function plugins(select) {
  if (select.multiple) return { remove_button: { title: say('remove') } };
  return select.required ? {} : { clear_button: { title: say('clear') } };
}

// An answer that comes after the person has gone on must not open the list and take the cursor back.
function openOnlyWhereTheCursorIs(picker) {
  const open = picker.open.bind(picker);
  picker.open = () => {
    if (picker.wrapper.contains(document.activeElement)) open();
  };
}

function create(select) {
  const label = labelOf(select);
  const picker = new TomSelect(select, {
    maxOptions: 50,
    plugins: plugins(select),
    placeholder: select.dataset.placeholder ?? say('search'),
    hidePlaceholder: true,
    clearAfterSelect: select.multiple, // what is typed next is the next person, not the rest of the last
    openOnFocus: !select.autofocus, // a page that begins in a picker does not begin covered by its list
    valueField: 'value',
    labelField: 'text',
    sortField: [{ field: '$order' }],
    render: {
      option: row,
      item: (item, escape) => `<div>${escape(item.text)}</div>`,
      no_results: () => `<div class="no-results">${say('nothingFound')}</div>`,
      loading: () => `<div class="no-results">${say('loading')}</div>`,
    },
    ...remote(select),
  });
  openOnlyWhereTheCursorIs(picker);
  picker.on('dropdown_close', () => picker.clearActiveOption());
  // tom-select hides the select from the eye but not from a screen reader, which would meet two fields.
  select.setAttribute('aria-hidden', 'true');
  picker.control_input.setAttribute('aria-label', label);
  if (select.getAttribute('aria-describedby')) {
    picker.control_input.setAttribute('aria-describedby', select.getAttribute('aria-describedby'));
  }
  picker.dropdown_content.setAttribute('aria-label', label);
  if (select.autofocus) picker.focus();
}

export function enhance(root) {
  const selects = root.matches?.('select[data-pick]') ? [root] : root.querySelectorAll('select[data-pick]');
  for (const select of selects) if (!select.tomselect) create(select);
}
