noinst_LIBRARIES += lib/libdb.a
lib_libdb_a_SOURCES = lib/db/bulk.c lib/db/connect.c lib/db/connection.h lib/db/db.h lib/db/error.c lib/db/pool.c lib/db/rows.c \
	lib/db/statement.c lib/db/transact.c
