"""One issued invoice: what it says, how it is entered, and its printed face."""
