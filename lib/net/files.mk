noinst_LIBRARIES += lib/libnet.a
lib_libnet_a_SOURCES = lib/net/net.h 
