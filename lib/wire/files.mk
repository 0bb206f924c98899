noinst_LIBRARIES += lib/libwire.a
lib_libwire_a_SOURCES = lib/wire/form.h lib/wire/json.h lib/wire/xml.h 
