"""Approval chains: who approves, in which order."""
