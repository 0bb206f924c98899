noinst_LIBRARIES += lib/libexchange.a
lib_libexchange_a_SOURCES = lib/exchange/decision.c lib/exchange/decision.h lib/exchange/deliver.c lib/exchange/eligible.c \
	lib/exchange/exchange.h lib/exchange/explain.c lib/exchange/explain.h lib/exchange/fanout.c lib/exchange/holding.c lib/exchange/holding.h lib/exchange/offer.c lib/exchange/order.c lib/exchange/ping.c lib/exchange/post.c lib/exchange/postback.c lib/exchange/postback.h lib/exchange/rank.c lib/exchange/recover.c lib/exchange/reroute.c lib/exchange/resume.c lib/exchange/work.h \
	lib/exchange/reping.h lib/exchange/sandbox.c lib/exchange/seal.c lib/exchange/selling.h lib/exchange/settle.c lib/exchange/steps.h \
	lib/exchange/tally.c lib/exchange/tally.h lib/exchange/tally_count.c lib/exchange/tally_count.h lib/exchange/verdict.c lib/exchange/verdict.h lib/exchange/view.c
lib_libexchange_a_SOURCES += lib/exchange/usage.c lib/exchange/usage.h
lib_libexchange_a_SOURCES += lib/exchange/count.c
