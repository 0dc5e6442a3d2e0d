// Confirmation of what cannot be undone: `data-confirm="sentence"` on a button or link, or `hx-confirm`.
// The dialog stands in base.html; it takes the place of window.confirm, which cannot name the action.
const dialog = () => document.getElementById('confirm-dialog');
const agreed = new WeakSet();

function ask({ sentence, title, action, danger }) {
  const box = dialog();
  box.querySelector('[data-confirm-sentence]').textContent = sentence;
  const heading = box.querySelector('[data-confirm-heading]');
  heading.textContent = title || heading.dataset.default;
  const button = box.querySelector('[data-confirm-agree]');
  button.textContent = action || button.dataset.default;
  button.classList.toggle('btn-danger', danger);
  button.classList.toggle('btn-primary', !danger);
  box.returnValue = '';
  box.showModal();
  return new Promise((resolve) => {
    box.addEventListener('close', () => resolve(box.returnValue === 'agree'), { once: true });
  });
}

function wordsOf(element) {
  const copy = element.cloneNode(true);
  copy.querySelectorAll('[aria-hidden]').forEach((part) => part.remove());
  return copy.textContent.trim();
}

const questionOf = (element, sentence) => ({
  sentence,
  title: element.dataset.confirmTitle,
  action: element.dataset.confirmAction ?? wordsOf(element),
  danger: element.dataset.confirmDanger !== undefined,
});

async function askBeforeClick(event) {
  const element = event.target.closest('[data-confirm]');
  if (!element || agreed.delete(element)) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  if (await ask(questionOf(element, element.dataset.confirm))) {
    agreed.add(element);
    element.click();
  }
}

async function askBeforeRequest(event) {
  const { ctx, issueRequest, dropRequest } = event.detail;
  if (!ctx.confirm) return;
  event.preventDefault();
  const element = ctx.request.submitter ?? ctx.sourceElement;
  if (await ask(questionOf(element, ctx.confirm))) issueRequest();
  else dropRequest();
}

export function startConfirm() {
  // In the capture phase, before htmx and before any other listener sees the click.
  document.addEventListener('click', askBeforeClick, true);
  document.addEventListener('htmx:confirm', askBeforeRequest);
}
