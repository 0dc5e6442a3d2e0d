// `details[data-attach="url"]` in a form: files that are chosen, dropped on the form or pasted into it are sent at once,
// each by itself, and stand in the list with a box. Without a script the file field goes with the form.
import { post } from './http.js';
import { fileSize, say } from './words.js';

const boxOf = (target) => target.closest?.('form')?.querySelector('details[data-attach]');
const sending = new WeakMap();

function complain(box, sentence) {
  const place = box.querySelector('[data-attach-problems]');
  const text = place.querySelector('[data-attach-problem]');
  text.textContent = [text.textContent, sentence].filter(Boolean).join(' ');
  place.hidden = false;
}

function forget(box) {
  const place = box.querySelector('[data-attach-problems]');
  place.querySelector('[data-attach-problem]').textContent = '';
  place.hidden = true;
  const field = box.querySelector('input[type=file]'); // and what the server said of the last try
  field.classList.remove('is-invalid');
  field.removeAttribute('aria-invalid');
  document.getElementById(`${field.id}-error`)?.remove();
}

export function showFile(box, { id, name, size }) {
  box.open = true;
  const row = box.querySelector('[data-attached-row]').content.firstElementChild.cloneNode(true);
  row.querySelector('input').value = id;
  row.querySelector('[data-file-name]').textContent = name;
  row.querySelector('[data-file-size]').textContent = size;
  box.querySelector('[data-attached]').append(row);
  row.querySelector('input').dispatchEvent(new Event('change', { bubbles: true })); // the form is not as it was
}

async function send(box, file) {
  const field = box.querySelector('input[type=file]');
  const maximum = Number(field.dataset.maxBytes);
  const most = Number(box.dataset.maxFiles);
  if (file.size > maximum) {
    return complain(box, say('fileTooLarge', { name: file.name, size: fileSize(file.size), maximum: fileSize(maximum) }));
  }
  if (box.querySelectorAll('input[name=files]:checked').length >= most) {
    return complain(box, say('tooManyFiles', { name: file.name, maximum: most }));
  }
  document.getElementById(`${field.id}-files`).textContent = say('sendingFile', { name: file.name });
  const body = new FormData();
  body.append('new_files', file, file.name);
  try {
    const response = await post(box.dataset.attach, body);
    const answer = await response.json();
    if (response.ok) answer.forEach(({ id, name, size }) => showFile(box, { id, name, size: fileSize(size) }));
    else complain(box, (answer.errors ?? [answer]).map(({ detail }) => detail).join(' '));
  } catch {
    complain(box, say('fileNotSent', { name: file.name }));
  }
}

// One after the other: each is below what the server takes at once.
async function sendAll(box, files) {
  const before = sending.get(box);
  const task = (async () => {
    await before;
    for (const file of files) await send(box, file);
  })();
  sending.set(box, task);
  await task;
  if (sending.get(box) !== task) return;
  sending.delete(box);
  document.getElementById(`${box.querySelector('input[type=file]').id}-files`).textContent = '';
}

function take(box, files) {
  box.open = true;
  if (!sending.has(box)) forget(box);
  sendAll(box, files);
}

function chosen({ target }) {
  const box = target.matches?.('details[data-attach] input[type=file]') && boxOf(target);
  if (!box) return;
  const files = [...target.files];
  target.value = ''; // they are on their way: the form itself does not send them again
  if (files.length) take(box, files);
}

const hasFiles = (event) => event.dataTransfer?.types.includes('Files');

function over(event) {
  const box = hasFiles(event) && boxOf(event.target);
  if (!box) return;
  event.preventDefault();
  box.open = true;
  box.dataset.over = '';
}

function left() {
  for (const box of document.querySelectorAll('details[data-over]')) delete box.dataset.over;
}

function dropped(event) {
  const box = hasFiles(event) && boxOf(event.target);
  left();
  if (!box) return;
  event.preventDefault();
  take(box, [...event.dataTransfer.files]);
}

// Pictures of the clipboard are all called image.png.
function named(file) {
  const [, ending] = /^image\.(\w+)$/.exec(file.name) ?? [];
  if (!ending) return file;
  const moment = new Date().toISOString().slice(0, 19).replace(/\D/g, '');
  return new File([file], `${say('picture')}-${moment}.${ending}`, { type: file.type });
}

// Copied cells bring a picture of themselves along with their text: then the text is meant.
function pasted(event) {
  const files = [...(event.clipboardData?.files ?? [])];
  const box = files.length && !event.clipboardData.getData('text/plain') && boxOf(event.target);
  if (!box) return;
  event.preventDefault();
  take(box, files.map(named));
}

// What is sent while files are on their way waits for them; if one is refused, the person decides anew.
function submitted(event) {
  const box = boxOf(event.target);
  const task = box && sending.get(box);
  if (!task) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  task.then(() => {
    if (event.target.isConnected && box.querySelector('[data-attach-problems]').hidden) event.target.requestSubmit(event.submitter);
  });
}

export function startCommentFiles() {
  document.addEventListener('change', chosen);
  document.addEventListener('dragover', over);
  document.addEventListener('dragleave', left);
  document.addEventListener('drop', dropped);
  document.addEventListener('paste', pasted);
  document.addEventListener('submit', submitted, true);
}
