noinst_LIBRARIES += lib/libcrypt.a
lib_libcrypt_a_SOURCES = lib/crypt/api_key.c lib/crypt/context.c lib/crypt/context.h lib/crypt/crypt.h lib/crypt/encode.c lib/crypt/encode.h \
	lib/crypt/hash.c lib/crypt/keyring.c lib/crypt/password.c lib/crypt/random.c lib/crypt/seal.c lib/crypt/webhook.c
