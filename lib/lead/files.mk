noinst_LIBRARIES += lib/liblead.a
lib_liblead_a_SOURCES = \
	lib/lead/auction.c lib/lead/auction.h \
	lib/lead/cap.c lib/lead/cap.h \
	lib/lead/condition.c lib/lead/condition.h \
	lib/lead/consent.c lib/lead/consent.h \
	lib/lead/fact.c lib/lead/facts.h \
	lib/lead/field.c lib/lead/field.h \
	lib/lead/field_code.c \
	lib/lead/field_contact.c \
	lib/lead/field_plain.c \
	lib/lead/intake.c lib/lead/intake.h \
	lib/lead/lead.h \
	lib/lead/lead_check.c \
	lib/lead/lead_compare.c \
	lib/lead/lead_parts.c \
	lib/lead/lead_zip.c \
	lib/lead/latency.c lib/lead/latency.h \
	lib/lead/ledger.c lib/lead/ledger.h \
	lib/lead/members.c lib/lead/members.h \
	lib/lead/metric.c lib/lead/metric.h \
	lib/lead/payout.c \
	lib/lead/reason.c lib/lead/reason.h \
	lib/lead/retry.c lib/lead/retry.h \
	lib/lead/schedule.c lib/lead/schedule.h \
	lib/lead/score.c lib/lead/score.h \
	lib/lead/vertical.c lib/lead/vertical.h
