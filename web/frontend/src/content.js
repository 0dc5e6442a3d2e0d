// Content arrives with the page and with everything htmx has processed since. `onContent` sees both.
export function onContent(callback) {
  callback(document);
  document.addEventListener('htmx:after:process', (event) => callback(event.target));
}

export function debounce(callback, milliseconds) {
  let timer;
  const debounced = (...values) => {
    clearTimeout(timer);
    timer = setTimeout(() => callback(...values), milliseconds);
  };
  debounced.cancel = () => clearTimeout(timer);
  return debounced;
}
