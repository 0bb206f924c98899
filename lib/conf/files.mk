noinst_LIBRARIES += lib/libconf.a
lib_libconf_a_SOURCES = lib/conf/settings.h 
