// Requests of our own scripts, always to the same origin and always with the CSRF token.
export const csrfToken = () => document.querySelector('meta[name="csrf-token"]')?.content ?? '';

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
