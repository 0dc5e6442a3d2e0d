"""Delegations in the browser."""
