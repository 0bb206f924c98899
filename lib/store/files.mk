noinst_LIBRARIES += lib/libstore.a
lib_libstore_a_SOURCES = 
lib_libstore_a_SOURCES += lib/store/config.h lib/store/key.h
