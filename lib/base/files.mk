noinst_LIBRARIES += lib/libbase.a
lib_libbase_a_SOURCES = lib/base/arena.h lib/base/buf.h lib/base/clock.h lib/base/err.h lib/base/fault.h lib/base/http.h lib/base/id.h lib/base/log.h lib/base/map.h lib/base/money.h lib/base/pattern.h lib/base/shm.h lib/base/str.h lib/base/utf8.h lib/base/value.h lib/base/zone.h 
