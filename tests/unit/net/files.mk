check_PROGRAMS += tests/unit/test_net
tests_unit_test_net_SOURCES = tests/unit/net/main.c tests/unit/net/suites.h tests/unit/net/address.c tests/unit/net/certificates.c tests/unit/net/certificates.h tests/unit/net/faults.c \
	tests/unit/net/handover.c tests/unit/net/host.c tests/unit/net/mail_tls.c tests/unit/net/names.c tests/unit/net/peer.c tests/unit/net/peer.h tests/unit/net/run.c \
	tests/unit/net/tls.c tests/unit/net/url.c
tests_unit_test_net_LDADD = lib/libnet.a lib/libbase.a $(CURL_LIBS) $(OPENSSL_LIBS) $(PCRE2_LIBS) $(IDN2_LIBS) $(CHECK_LIBS) -lm
