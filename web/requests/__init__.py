"""Requests in the browser: the list, the form, the document."""
