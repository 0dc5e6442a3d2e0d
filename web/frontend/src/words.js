// Sentences shown by scripts. They are translated by the server and arrive as JSON in the page
// (components/words.html, and a page of its own words beside it); a missing key shows itself instead of breaking the page.
let words;

export function say(key, values = {}) {
  words ??= Object.assign({}, ...[...document.querySelectorAll('script[data-words]')].map((script) => JSON.parse(script.textContent)));
  return (words[key] ?? key).replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
}

const UNITS = ['B', 'kB', 'MB', 'GB'];

export function fileSize(bytes) {
  const power = bytes > 0 ? Math.min(Math.floor(Math.log10(bytes) / 3), UNITS.length - 1) : 0;
  const value = bytes / 1000 ** power;
  return `${value.toLocaleString(document.documentElement.lang, { maximumFractionDigits: power ? 1 : 0 })} ${UNITS[power]}`;
}
