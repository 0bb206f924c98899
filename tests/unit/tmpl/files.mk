check_PROGRAMS += tests/unit/test_tmpl
tests_unit_test_tmpl_SOURCES = tests/unit/tmpl/main.c tests/unit/tmpl/suites.h tests/unit/tmpl/sample.c tests/unit/tmpl/filter.c \
	tests/unit/tmpl/html.c tests/unit/tmpl/json.c tests/unit/tmpl/path.c tests/unit/tmpl/text.c tests/unit/tmpl/xml.c
tests_unit_test_tmpl_LDADD = lib/libtmpl.a lib/libwire.a lib/libcrypt.a lib/libbase.a $(XML2_LIBS) $(JANSSON_LIBS) \
	$(OPENSSL_LIBS) $(CRYPT_LIBS) $(PCRE2_LIBS) $(IDN2_LIBS) $(CHECK_LIBS) -lm
