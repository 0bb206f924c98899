noinst_LIBRARIES += lib/libwire.a
lib_libwire_a_SOURCES = lib/wire/csv.c lib/wire/csv.h lib/wire/form.h lib/wire/json.h lib/wire/xml.h lib/wire/text.h \
	lib/wire/json.c lib/wire/json_scan.c lib/wire/json_scan.h lib/wire/json_write.c \
	lib/wire/form.c lib/wire/form_tree.c \
	lib/wire/xml.c lib/wire/xml_doc.h lib/wire/xml_decode.c lib/wire/xml_path.c lib/wire/xml_scan.c lib/wire/xml_value.c \
	lib/wire/xml_write.c
