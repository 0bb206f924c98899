noinst_LIBRARIES += lib/libcrypt.a
lib_libcrypt_a_SOURCES = lib/crypt/crypt.h 
