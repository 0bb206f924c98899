noinst_LIBRARIES += lib/liblead.a
lib_liblead_a_SOURCES = \
	lib/lead/auction.h \
	lib/lead/cap.h \
	lib/lead/condition.h \
	lib/lead/consent.h \
	lib/lead/facts.h \
	lib/lead/lead.h \
	lib/lead/members.c lib/lead/members.h \
	lib/lead/reason.h \
	lib/lead/schedule.h \
	lib/lead/score.h \
	lib/lead/vertical.h
