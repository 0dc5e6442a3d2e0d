"""Runs parsed diagrams: the step loop, the state as text, compaction. Subclasses of SpiffWorkflow, nothing patched."""
