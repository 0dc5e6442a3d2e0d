"""The monitor of flows: where each stands, and where they lose their time."""
