noinst_LIBRARIES += lib/libdb.a
lib_libdb_a_SOURCES = lib/db/db.h 
