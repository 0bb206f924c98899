noinst_LIBRARIES += lib/libweb.a
lib_libweb_a_SOURCES = \
	lib/web/connection.c lib/web/connection.h \
	lib/web/cutoff.c lib/web/cutoff.h \
	lib/web/fcgi.c \
	lib/web/limit.c lib/web/limit.h \
	lib/web/listener.c lib/web/listener.h \
	lib/web/page.c lib/web/page.h \
	lib/web/req.c lib/web/req.h \
	lib/web/resp.c \
	lib/web/route.c \
	lib/web/supervisor.c lib/web/supervisor.h \
	lib/web/supervisor_exec.c lib/web/supervisor_exec.h \
	lib/web/web.h
