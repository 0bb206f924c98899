noinst_LIBRARIES += lib/libexchange.a
lib_libexchange_a_SOURCES = 
