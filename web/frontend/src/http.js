// Requests of our own scripts, always to the same origin and always with the CSRF token.
export const csrfToken = () => document.querySelector('meta[name="csrf-token"]')?.content ?? '';

// After a log-in in another tab the page's token is no longer the session's: take over the one of a fresh page.
export async function renewToken() {
  const response = await fetch(location.href, { credentials: 'same-origin', headers: { Accept: 'text/html' } });
  if (!response.ok || response.redirected) return;
  const page = new DOMParser().parseFromString(await response.text(), 'text/html');
  const token = page.querySelector('meta[name="csrf-token"]')?.content;
  if (!token) return;
  document.querySelector('meta[name="csrf-token"]').content = token;
  for (const input of document.querySelectorAll('input[name="csrf_token"]')) input.value = token;
}

export function post(url, body, options = {}) {
  return fetch(url, {
    method: 'POST',
    credentials: 'same-origin',
    headers: { 'X-CSRFToken': csrfToken(), Accept: 'application/json' },
    body,
    ...options,
  });
}

export async function getJson(url, options = {}) {
  const response = await fetch(url, { credentials: 'same-origin', headers: { Accept: 'application/json' }, ...options });
  if (!response.ok) throw new Error(`${response.status}`);
  return response.json();
}
