noinst_LIBRARIES += lib/libnet.a
lib_libnet_a_SOURCES = \
	lib/net/address.c lib/net/address.h \
	lib/net/batch.c lib/net/batch.h \
	lib/net/call.c lib/net/call.h \
	lib/net/due.c lib/net/due.h \
	lib/net/drop.c lib/net/drop.h \
	lib/net/host.c lib/net/host.h \
	lib/net/letter.c lib/net/letter.h \
	lib/net/loop.c lib/net/loop.h \
	lib/net/mail.c lib/net/mail.h \
	lib/net/net.c lib/net/net.h \
	lib/net/resolve.c lib/net/resolve.h \
	lib/net/url.c lib/net/url.h
