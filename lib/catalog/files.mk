noinst_LIBRARIES += lib/libcatalog.a
lib_libcatalog_a_SOURCES = lib/catalog/catalog.h lib/catalog/snapshot.h 
