// `data-open-dialog="id"` opens a <dialog>; a click on the ground beside it closes it.
export function startDialogs() {
  document.addEventListener('click', (event) => {
    const opener = event.target.closest('[data-open-dialog]');
    if (opener) document.getElementById(opener.dataset.openDialog)?.showModal();
    else if (event.target.matches('dialog[open]')) event.target.close();
  });
}
