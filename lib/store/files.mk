noinst_LIBRARIES += lib/libstore.a
lib_libstore_a_SOURCES = 
