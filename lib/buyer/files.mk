noinst_LIBRARIES += lib/libbuyer.a
lib_libbuyer_a_SOURCES = lib/buyer/auth.c lib/buyer/body.c lib/buyer/compiled.h lib/buyer/document.c lib/buyer/document.h \
	lib/buyer/handover.c lib/buyer/headers.c lib/buyer/naming.c lib/buyer/naming.h lib/buyer/offline.c lib/buyer/offline.h lib/buyer/pairs.c \
	lib/buyer/parse.c lib/buyer/render.c lib/buyer/reply.c lib/buyer/reply.h lib/buyer/selector.c lib/buyer/selector.h \
	lib/buyer/step.c lib/buyer/step.h lib/buyer/url.c lib/buyer/url.h
