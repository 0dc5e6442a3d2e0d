// Runs before the first paint: without the theme cookie the server cannot know what the device prefers.
const stored = (() => {
  try {
    return localStorage.getItem('theme');
  } catch {
    return null; // storage is closed to this page; the device decides
  }
})();
const preferred = matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light';
if (!document.documentElement.dataset.themeChosen) document.documentElement.dataset.bsTheme = stored || preferred;
