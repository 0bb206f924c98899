# Not among `make check`: it needs a server. tests/db/run starts one and builds this.
EXTRA_PROGRAMS += tests/db/test_db
tests_db_test_db_SOURCES = tests/db/cases.h tests/db/catalog.c tests/db/config.c tests/db/holding.c tests/db/key.c tests/db/main.c tests/db/message.c tests/db/pool.c \
	tests/db/raw.c tests/db/raw.h tests/db/report.c tests/db/rollup.c tests/db/seen.c tests/db/statement.c tests/db/transact.c tests/db/upkeep.c tests/db/work.c tests/db/writer.c
tests_db_test_db_CPPFLAGS = $(AM_CPPFLAGS) $(CHECK_CFLAGS)
tests_db_test_db_LDADD = $(CHECK_LDADD)
