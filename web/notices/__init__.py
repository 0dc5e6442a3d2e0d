"""The bell: what a person was told."""
