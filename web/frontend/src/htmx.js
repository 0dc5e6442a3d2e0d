// htmx 4, told about the CSRF token. Its events are named with colons: `htmx:config:request`, not `htmx:configRequest`.
import htmx from 'htmx.org/dist/htmx.esm.js';
import { csrfToken } from './http.js';

document.addEventListener('htmx:config:request', (event) => {
  const { request } = event.detail.ctx;
  if (request.method !== 'GET') request.headers['X-CSRFToken'] = csrfToken();
});

export default htmx;
