// CodeMirror makes <style> elements while it runs; the content security policy asks for the page's nonce on them.
const nonce = document.querySelector('script[nonce]').nonce;
const { createElement } = document;

document.createElement = function (name, ...rest) {
  const made = createElement.call(document, name, ...rest);
  if (String(name).toLowerCase() === 'style') made.nonce = nonce;
  return made;
};
