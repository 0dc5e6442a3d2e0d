"""What tests lean on: a PostgreSQL, a browser, the running product, accessibility and pictures."""
