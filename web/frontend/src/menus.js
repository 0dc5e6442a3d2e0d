// Menus are <details class="menu">: they open without a script. Here they close on Escape, on a click elsewhere, and
// when another opens; arrow keys walk through the entries.
const openMenus = () => document.querySelectorAll('details.menu[open]');

function closeMenus(except) {
  for (const menu of openMenus()) if (menu !== except) menu.open = false;
}

function walk(menu, event) {
  const entries = [...menu.querySelectorAll('.menu-panel a, .menu-panel button')].filter((entry) => !entry.disabled);
  if (!entries.length) return;
  event.preventDefault();
  const step = event.key === 'ArrowDown' ? 1 : -1;
  const current = entries.indexOf(document.activeElement);
  entries[(current + step + entries.length) % entries.length].focus();
}

export function startMenus() {
  document.addEventListener('click', (event) => closeMenus(event.target.closest('details.menu')));
  document.addEventListener('keydown', (event) => {
    const menu = document.activeElement?.closest?.('details.menu[open]');
    if (event.key === 'Escape' && openMenus().length) {
      closeMenus();
      menu?.querySelector('summary').focus();
    } else if (menu && ['ArrowDown', 'ArrowUp'].includes(event.key)) {
      walk(menu, event);
    }
  });
}
