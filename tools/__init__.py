"""Small programs behind the Makefile: set-up, checks, lock files, translations, licences."""
