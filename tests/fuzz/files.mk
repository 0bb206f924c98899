# libFuzzer targets: ./configure CC=clang --enable-fuzz. Each takes the corpus of its name: fuzz_json tests/fuzz/corpus/json.

if FUZZ
noinst_PROGRAMS += tests/fuzz/fuzz_json tests/fuzz/fuzz_form tests/fuzz/fuzz_xml tests/fuzz/fuzz_tmpl tests/fuzz/fuzz_reply \
	tests/fuzz/fuzz_config tests/fuzz/fuzz_req
FUZZ_LINK = $(AM_LDFLAGS) -fsanitize=fuzzer
FUZZ_WIRE_LIBS = lib/libtmpl.a lib/libwire.a lib/libcrypt.a lib/libbase.a $(GAVEL_SYS)

tests_fuzz_fuzz_json_SOURCES = tests/fuzz/fuzz_json.c
tests_fuzz_fuzz_json_LDADD = $(FUZZ_WIRE_LIBS)
tests_fuzz_fuzz_json_LDFLAGS = $(FUZZ_LINK)

tests_fuzz_fuzz_form_SOURCES = tests/fuzz/fuzz_form.c
tests_fuzz_fuzz_form_LDADD = $(FUZZ_WIRE_LIBS)
tests_fuzz_fuzz_form_LDFLAGS = $(FUZZ_LINK)

tests_fuzz_fuzz_xml_SOURCES = tests/fuzz/fuzz_xml.c
tests_fuzz_fuzz_xml_LDADD = $(FUZZ_WIRE_LIBS)
tests_fuzz_fuzz_xml_LDFLAGS = $(FUZZ_LINK)

tests_fuzz_fuzz_tmpl_SOURCES = tests/fuzz/fuzz_tmpl.c
tests_fuzz_fuzz_tmpl_LDADD = $(FUZZ_WIRE_LIBS)
tests_fuzz_fuzz_tmpl_LDFLAGS = $(FUZZ_LINK)

tests_fuzz_fuzz_reply_SOURCES = tests/fuzz/fuzz_reply.c
tests_fuzz_fuzz_reply_LDADD = lib/libbuyer.a lib/liblead.a $(FUZZ_WIRE_LIBS)
tests_fuzz_fuzz_reply_LDFLAGS = $(FUZZ_LINK)

tests_fuzz_fuzz_config_SOURCES = tests/fuzz/fuzz_config.c
tests_fuzz_fuzz_config_LDADD = $(GAVEL_LIBS) $(GAVEL_SYS)
tests_fuzz_fuzz_config_LDFLAGS = $(FUZZ_LINK)

tests_fuzz_fuzz_req_SOURCES = tests/fuzz/fuzz_req.c
tests_fuzz_fuzz_req_LDADD = lib/libweb.a $(FUZZ_WIRE_LIBS)
tests_fuzz_fuzz_req_LDFLAGS = $(FUZZ_LINK)
endif
