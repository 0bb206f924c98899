# lib/db is nothing without a server: see tests/db.
