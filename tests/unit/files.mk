# One Check program for each folder of lib/; each lists its own sources.
CHECK_LDADD = $(GAVEL_LIBS) $(GAVEL_SYS) $(CHECK_LIBS)

if HAVE_CHECK
include tests/unit/base/files.mk
include tests/unit/lead/files.mk
include tests/unit/conf/files.mk
include tests/unit/db/files.mk
include tests/unit/net/files.mk
include tests/unit/crypt/files.mk
include tests/unit/wire/files.mk
include tests/unit/tmpl/files.mk
include tests/unit/store/files.mk
include tests/unit/buyer/files.mk
include tests/unit/web/files.mk
include tests/unit/catalog/files.mk
include tests/unit/exchange/files.mk
include tests/unit/form/files.mk
endif
