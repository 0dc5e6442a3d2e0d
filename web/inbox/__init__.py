"""The task inbox: what waits for whom, and deciding."""
