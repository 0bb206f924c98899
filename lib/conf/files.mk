noinst_LIBRARIES += lib/libconf.a
lib_libconf_a_SOURCES = lib/conf/ini.c lib/conf/ini.h lib/conf/kind.c lib/conf/kind.h lib/conf/settings.c lib/conf/settings.h
lib_libconf_a_CPPFLAGS = $(AM_CPPFLAGS) -DPKGDATADIR='"$(pkgdatadir)"'
