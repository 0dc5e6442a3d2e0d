"""Coming in, one's own account, the people of a company, and its settings."""
