check_PROGRAMS += tests/unit/test_wire
tests_unit_test_wire_SOURCES = tests/unit/wire/main.c tests/unit/wire/suites.h tests/unit/wire/csv.c tests/unit/wire/form.c tests/unit/wire/json_read.c \
	tests/unit/wire/json_write.c tests/unit/wire/xml_path.c tests/unit/wire/xml_read.c tests/unit/wire/xml_write.c
tests_unit_test_wire_LDADD = lib/libwire.a lib/libbase.a $(XML2_LIBS) $(JANSSON_LIBS) $(PCRE2_LIBS) $(IDN2_LIBS) $(CHECK_LIBS) -lm
