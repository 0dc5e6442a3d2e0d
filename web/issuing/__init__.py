"""The issuing desk: what finance has to issue and register."""
