"""What the business is: tables, value types, state changes, and who may do what."""

import sys

import pysqlite3
import pysqlite3.dbapi2

# One SQLite library per process: two on one file lose commits, and Debian's own (3.7.0-3.51.2) can corrupt a WAL
# database. This must run before anything imports sqlite3, so it stands in the lowest package of the house.
sys.modules["sqlite3"] = pysqlite3
sys.modules["sqlite3.dbapi2"] = pysqlite3.dbapi2
