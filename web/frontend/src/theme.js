// Light or dark: kept in the browser and in a cookie, so that the server can render the right one.
const root = document.documentElement;
const ONE_YEAR_SECONDS = 31536000;

function remember(theme) {
  const secure = location.protocol === 'https:' ? '; Secure' : '';
  document.cookie = `theme=${theme}; Path=/; Max-Age=${ONE_YEAR_SECONDS}; SameSite=Lax${secure}`;
  try {
    localStorage.setItem('theme', theme);
  } catch {
    // the cookie is enough
  }
}

function showState(button) {
  button.setAttribute('aria-pressed', String(root.dataset.bsTheme === 'dark'));
}

export function startTheme() {
  for (const button of document.querySelectorAll('[data-theme-toggle]')) {
    showState(button);
    button.addEventListener('click', () => {
      root.dataset.bsTheme = root.dataset.bsTheme === 'dark' ? 'light' : 'dark';
      remember(root.dataset.bsTheme);
      document.querySelectorAll('[data-theme-toggle]').forEach(showState);
    });
  }
}
