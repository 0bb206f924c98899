noinst_LIBRARIES += lib/libweb.a
lib_libweb_a_SOURCES = lib/web/web.h 
