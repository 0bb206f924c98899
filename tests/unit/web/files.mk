check_PROGRAMS += tests/unit/test_web
tests_unit_test_web_SOURCES = tests/unit/web/main.c tests/unit/web/suites.h tests/unit/web/abuse.c tests/unit/web/fcgi.c \
	tests/unit/web/front.c tests/unit/web/front.h tests/unit/web/limit.c tests/unit/web/page.c tests/unit/web/req.c \
	tests/unit/web/supervisor.c tests/unit/web/toy.c tests/unit/web/toy.h
tests_unit_test_web_LDADD = lib/libweb.a lib/libtmpl.a lib/libwire.a lib/libcrypt.a lib/libbase.a $(FCGI_LIBS) $(JANSSON_LIBS) $(XML2_LIBS) \
	$(OPENSSL_LIBS) $(CRYPT_LIBS) $(PCRE2_LIBS) $(IDN2_LIBS) \
	$(CHECK_LIBS) -lm
