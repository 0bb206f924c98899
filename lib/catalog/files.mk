noinst_LIBRARIES += lib/libcatalog.a
lib_libcatalog_a_SOURCES = \
	lib/catalog/apply.c lib/catalog/apply.h \
	lib/catalog/buyer.c \
	lib/catalog/campaign.c \
	lib/catalog/catalog.h \
	lib/catalog/channel.c \
	lib/catalog/compile.c lib/catalog/compile.h \
	lib/catalog/contract.c \
	lib/catalog/diff.c \
	lib/catalog/document.c \
	lib/catalog/form_page.c \
	lib/catalog/seller.c \
	lib/catalog/shape.c lib/catalog/shape.h \
	lib/catalog/snapshot.c lib/catalog/snapshot.h \
	lib/catalog/vocabulary.c
