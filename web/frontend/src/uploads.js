// File fields say what was chosen and refuse what is too large before it is sent: `input[type=file][data-max-bytes]`.
// `form[data-upload]` shows progress while it is sent; it needs a `<progress>` and works as a plain form without.
import htmx from './htmx.js';
import { csrfToken } from './http.js';
import { toast } from './toasts.js';
import { fileSize, say } from './words.js';

function check(input) {
  const maximum = Number(input.dataset.maxBytes ?? Infinity);
  const files = [...input.files];
  const tooLarge = files.find((file) => file.size > maximum);
  const problem = tooLarge ? say('fileTooLarge', { name: tooLarge.name, size: fileSize(tooLarge.size), maximum: fileSize(maximum) }) : '';
  input.setCustomValidity(problem);
  input.classList.toggle('is-invalid', Boolean(problem));
  const status = document.getElementById(`${input.id}-files`);
  if (status) {
    status.textContent = problem || files.map((file) => `${file.name} (${fileSize(file.size)})`).join(', ');
    status.classList.toggle('text-danger', Boolean(problem));
  }
}

// The answer of the upload takes the place of the page's main part, at the address it was redirected to.
function show(request) {
  const page = new DOMParser().parseFromString(request.responseText, 'text/html');
  const main = page.getElementById('main');
  if (!main) return toast(say('serverError'), { kind: 'error' });
  document.title = page.title;
  document.getElementById('main').replaceWith(main);
  if (request.responseURL !== location.href) history.pushState({}, '', request.responseURL);
  htmx.process(main);
}

function send(form, submitter) {
  const bar = form.querySelector('progress');
  const request = new XMLHttpRequest();
  request.open('POST', form.action);
  request.setRequestHeader('X-CSRFToken', csrfToken());
  bar.hidden = false;
  request.upload.addEventListener('progress', ({ loaded, total, lengthComputable }) => {
    if (lengthComputable) bar.value = (100 * loaded) / total;
  });
  request.addEventListener('load', () => show(request));
  for (const name of ['error', 'abort', 'timeout']) {
    request.addEventListener(name, () => {
      bar.hidden = true;
      toast(say('offline'), { kind: 'error' });
    });
  }
  request.send(new FormData(form, submitter));
}

export function startUploads() {
  document.addEventListener('change', (event) => event.target.matches?.('input[type=file]:not([data-attach] *)') && check(event.target));
  document.addEventListener('submit', (event) => {
    const form = event.target;
    if (event.defaultPrevented || !form.matches('form[data-upload]') || !form.querySelector('progress')) return;
    event.preventDefault();
    send(form, event.submitter);
  });
}
