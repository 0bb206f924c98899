noinst_LIBRARIES += lib/libexchange.a
# One noun a line, so that two additions meet only when they are neighbours.
lib_libexchange_a_SOURCES = \
	lib/exchange/breaker.c lib/exchange/breaker.h \
	lib/exchange/count.c \
	lib/exchange/decision.c lib/exchange/decision.h \
	lib/exchange/deliver.c \
	lib/exchange/difference.c lib/exchange/difference.h \
	lib/exchange/eligible.c \
	lib/exchange/exchange.h \
	lib/exchange/explain.c lib/exchange/explain.h \
	lib/exchange/fanout.c \
	lib/exchange/guard.c lib/exchange/guard.h \
	lib/exchange/holding.c lib/exchange/holding.h \
	lib/exchange/loss.c \
	lib/exchange/notify.c lib/exchange/notify.h \
	lib/exchange/notify_write.c \
	lib/exchange/offer.c \
	lib/exchange/operator.c lib/exchange/operator.h \
	lib/exchange/order.c \
	lib/exchange/person.c lib/exchange/person.h \
	lib/exchange/ping.c \
	lib/exchange/post.c \
	lib/exchange/postback.c lib/exchange/postback.h \
	lib/exchange/rank.c \
	lib/exchange/record.c lib/exchange/record.h \
	lib/exchange/recover.c \
	lib/exchange/reping.h \
	lib/exchange/replay.c lib/exchange/replay.h \
	lib/exchange/reroute.c \
	lib/exchange/resume.c \
	lib/exchange/returns.c lib/exchange/returns.h \
	lib/exchange/sandbox.c \
	lib/exchange/seal.c \
	lib/exchange/sell.c \
	lib/exchange/selling.h \
	lib/exchange/settle.c \
	lib/exchange/standing.c lib/exchange/standing.h \
	lib/exchange/steps.h \
	lib/exchange/tally.c lib/exchange/tally.h \
	lib/exchange/tally_count.c lib/exchange/tally_count.h \
	lib/exchange/trace.c lib/exchange/trace.h \
	lib/exchange/unknown.c \
	lib/exchange/usage.c lib/exchange/usage.h \
	lib/exchange/verdict.c lib/exchange/verdict.h \
	lib/exchange/view.c lib/exchange/view.h \
	lib/exchange/view_write.c \
	lib/exchange/work.h
