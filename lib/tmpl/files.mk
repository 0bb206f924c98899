noinst_LIBRARIES += lib/libtmpl.a
lib_libtmpl_a_SOURCES = lib/tmpl/tmpl.h 
