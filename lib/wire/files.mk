noinst_LIBRARIES += lib/libwire.a
lib_libwire_a_SOURCES = lib/wire/form.h lib/wire/json.h lib/wire/xml.h lib/wire/text.h \
	lib/wire/json.c lib/wire/json_scan.c lib/wire/json_scan.h lib/wire/json_write.c
