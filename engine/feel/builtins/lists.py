"""x."""

LIST_FUNCTIONS = ()
