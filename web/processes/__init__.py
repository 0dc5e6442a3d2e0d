"""Flows: the published versions, their pictures, and publishing a new one."""
