noinst_LIBRARIES += lib/libbase.a
lib_libbase_a_SOURCES = \
	lib/base/arena.c lib/base/arena.h \
	lib/base/buf.c lib/base/buf.h \
	lib/base/clock.c lib/base/clock.h \
	lib/base/decimal.c lib/base/decimal.h \
	lib/base/err.c lib/base/err.h \
	lib/base/fail.c lib/base/fail.h \
	lib/base/fault.c lib/base/fault.h \
	lib/base/http.h \
	lib/base/id.c lib/base/id.h \
	lib/base/log.c lib/base/log.h \
	lib/base/map.c lib/base/map.h \
	lib/base/money.c lib/base/money.h \
	lib/base/network.c lib/base/network.h \
	lib/base/newest.c lib/base/newest.h \
	lib/base/pattern.c lib/base/pattern.h \
	lib/base/shm.c lib/base/shm.h \
	lib/base/str.c lib/base/str.h \
	lib/base/thread.c lib/base/thread.h \
	lib/base/utf8.c lib/base/utf8.h lib/base/utf8_ascii.c \
	lib/base/value.c lib/base/value.h \
	lib/base/zone.c lib/base/zone.h \
	lib/base/zone_rule.c lib/base/zone_rule.h
