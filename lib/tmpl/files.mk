noinst_LIBRARIES += lib/libtmpl.a
lib_libtmpl_a_SOURCES = lib/tmpl/tmpl.h lib/tmpl/tmpl.c lib/tmpl/compile.h lib/tmpl/render.h lib/tmpl/ref.h lib/tmpl/ref.c \
	lib/tmpl/filter.h lib/tmpl/filter.c lib/tmpl/filter_date.c lib/tmpl/filter_number.c lib/tmpl/filter_text.c \
	lib/tmpl/hole.h lib/tmpl/hole.c lib/tmpl/place.h lib/tmpl/place.c lib/tmpl/program.h lib/tmpl/program.c \
	lib/tmpl/markup.h lib/tmpl/markup.c lib/tmpl/tree.h lib/tmpl/tree.c
