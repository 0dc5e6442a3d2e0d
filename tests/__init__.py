"""The tests, by package, and what they lean on (`support/`)."""
