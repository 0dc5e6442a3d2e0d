"""Customers in the browser: the list, a customer with its headers, the import."""
