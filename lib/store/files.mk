noinst_LIBRARIES += lib/libstore.a
lib_libstore_a_SOURCES =
lib_libstore_a_SOURCES += lib/store/config.h lib/store/key.h
lib_libstore_a_SOURCES += lib/store/config.c lib/store/key.c lib/store/idempotency.c lib/store/idempotency.h lib/store/lead.c lib/store/lead.h lib/store/lead_page.c lib/store/lead_page.h lib/store/ledger.c \
	lib/store/ledger.h lib/store/ping.c lib/store/ping.h lib/store/postback.c lib/store/postback.h lib/store/sale.c lib/store/sale.h lib/store/session.c lib/store/session.h lib/store/partition.c lib/store/partition.h lib/store/writer.c lib/store/writer.h
lib_libstore_a_SOURCES += lib/store/audit.c lib/store/audit.h lib/store/migration.c lib/store/migration.h lib/store/user.c lib/store/user.h
lib_libstore_a_SOURCES += lib/store/click.c lib/store/click.h
