"""Other products on the same work, each in an environment of its own: they are measured, never imported by ours."""
