"""x."""

TEMPORAL_FUNCTIONS = ()
