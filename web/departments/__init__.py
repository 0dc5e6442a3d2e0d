"""The departments of a company in the browser."""
