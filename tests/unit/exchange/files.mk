check_PROGRAMS += tests/unit/test_exchange
tests_unit_test_exchange_SOURCES = tests/unit/exchange/main.c tests/unit/exchange/chance.c tests/unit/exchange/chance.h tests/unit/exchange/contract.c tests/unit/exchange/decision.c tests/unit/exchange/guard.c tests/unit/exchange/property.c tests/unit/exchange/replay.c tests/unit/exchange/returns.c tests/unit/exchange/standing.c tests/unit/exchange/trace.c tests/unit/exchange/exchange_tests.h
tests_unit_test_exchange_CPPFLAGS = $(AM_CPPFLAGS) $(CHECK_CFLAGS) -DSRCDIR='"$(abs_top_srcdir)"'
tests_unit_test_exchange_LDADD = $(CHECK_LDADD)
