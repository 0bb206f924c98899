# Buyers' cases as files: adding one adds no C.
if HAVE_CHECK
check_PROGRAMS += tests/delivery/test_delivery
tests_delivery_test_delivery_SOURCES = tests/delivery/driver.c tests/delivery/case.c tests/delivery/case.h \
	tests/delivery/commands.c tests/delivery/commands.h tests/delivery/docs.c tests/delivery/docs.h
tests_delivery_test_delivery_CPPFLAGS = $(AM_CPPFLAGS) -DDELIVERY_FOLDER='"$(abs_top_srcdir)/tests/delivery"' \
	-DBUYERS_PAGE='"$(abs_top_srcdir)/docs/buyers.md"' -DGAVELCTL='"$(abs_top_builddir)/gavelctl"'
tests_delivery_test_delivery_LDADD = $(CHECK_LDADD)
EXTRA_tests_delivery_test_delivery_DEPENDENCIES = gavelctl$(EXEEXT)
endif
