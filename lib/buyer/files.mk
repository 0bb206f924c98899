noinst_LIBRARIES += lib/libbuyer.a
lib_libbuyer_a_SOURCES = lib/buyer/step.h 
