"""x."""

STRING_FUNCTIONS = ()
