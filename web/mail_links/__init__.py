"""The page behind a link in a mail, for people who are not logged in."""
