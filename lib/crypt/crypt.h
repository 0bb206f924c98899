/*
 * crypt: hashing, sealing and secrets. OpenSSL and libcrypt stay behind this header. Everything here is safe from any thread.
 */
#ifndef GAVEL_CRYPT_CRYPT_H
#define GAVEL_CRYPT_CRYPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/arena.h"
#include "lib/base/buf.h"
#include "lib/base/err.h"

enum { SHA256_SIZE = 32, SEAL_KEY_SIZE = 32, SEAL_OVERHEAD = 1 + 12 + 16, WRAPPED_KEY_SIZE = SEAL_KEY_SIZE + SEAL_OVERHEAD };

/* Random bytes from the system's generator; aborts when it has none. */
void crypt_random(void *out, size_t n);
void crypt_sha256(struct str s, uint8_t out[SHA256_SIZE]);
void crypt_hmac_sha256(struct str key, struct str data, uint8_t out[SHA256_SIZE]);
/* Lower-case hex, into the arena. */
struct str crypt_md5_hex(struct arena *a, struct str s);
struct str crypt_sha1_hex(struct arena *a, struct str s);
struct str crypt_sha256_hex(struct arena *a, struct str s);
struct str crypt_hex(struct arena *a, struct str bytes);
bool crypt_unhex(struct arena *a, struct str hex, struct str *out);
/* Standard base64 with padding (RFC 4648 section 4). Decoding is strict. */
struct str crypt_base64(struct arena *a, struct str bytes);
bool crypt_unbase64(struct arena *a, struct str text, struct str *out);
/* Same length and bytes, in time that does not depend on them. */
bool crypt_same(struct str a, struct str b);
void crypt_wipe(void *p, size_t n);

/*
 * The keys of an instance, from settings: the master key wraps leads' keys and sealed secrets; the index key makes blind indexes;
 * the pepper keys the hashes of API keys. Each is 32 bytes from a file or a variable (hex or base64), never from SQL.
 */
struct keyring {
	uint8_t master[32], index[32], pepper[32];
};
/* Derives the three from one 32-byte master key text (HKDF-SHA256, labels "wrap", "index", "pepper"). */
int keyring_load(struct str master_text, struct keyring *out, struct err *e);

/*
 * Sealing: AES-256-GCM, random nonce, layout version | nonce | ciphertext | tag. aad binds the place (table, column and row id), so
 * that a sealed value can't be moved to another row.
 */
struct str crypt_seal(struct arena *a, const uint8_t key[SEAL_KEY_SIZE], struct str aad, struct str plain);
/* -1 (ERR_INTERNAL, code "unsealable") when key, aad or bytes are not the ones sealed. */
int crypt_unseal(struct arena *a, const uint8_t key[SEAL_KEY_SIZE], struct str aad, struct str sealed, struct str *out, struct err *e);

/* Blind index of a normalised phone or e-mail: HMAC(index key, kind ":" lower-hex of the digest). digest_hex is its SHA-256 (or MD5,
 * SHA-1) in lower-case hex, so that a hash alone can be looked up; kind is "phone_sha256", "email_md5", ... */
void crypt_blind(const struct keyring *k, const char *kind, struct str digest_hex, uint8_t out[SHA256_SIZE]);

/* API keys: gvk_live_<8 id>_<43 secret><6 check>, base62; check is a CRC so that scanners can recognise a leak. */
struct api_key_text {
	struct str text;  /* the whole key, in the arena: shown once */
	struct str id;    /* 8 characters */
	bool sandbox;
};
void api_key_make(struct arena *a, bool sandbox, struct api_key_text *out);
/* Form and check sum only; says nothing of whether it exists. */
bool api_key_parse(struct str text, struct str *id_out, bool *sandbox_out);
/* What is stored: HMAC(pepper, text). */
void api_key_hash(const struct keyring *k, struct str text, uint8_t out[SHA256_SIZE]);

/*
 * Passwords: yescrypt ($y$). A hash takes some 20 ms and 16 MiB, so a process that the world can ask lets only a few run at once: those
 * that wait longer than 5 s get ERR_BUSY. gate NULL: no limit (a command line).
 */
enum { PASSWORD_MAX = 255 };
struct password_gate;
struct password_gate *password_gate_new(int at_once);
void password_gate_free(struct password_gate **gp);
int password_hash(struct password_gate *gate, struct arena *a, struct str password, struct str *out, struct err *e);
/* -1 only when it could not be checked; a hash of another kind is not good. */
int password_verify(struct password_gate *gate, struct str password, struct str hash, bool *good_out, struct err *e);

/*
 * Standard Webhooks: signature of id.timestamp.body under whsec_ secret(s); several secrets during rotation.
 */
enum { WEBHOOK_ID_MAX = 255 };
struct str webhook_secret_make(struct arena *a);
/* "v1,<base64>"; -1 when the secret is not whsec_ + base64 of 24..64 bytes. */
int webhook_sign(struct arena *a, struct str secret, struct str id, int64_t timestamp_s, struct str body, struct str *out, struct err *e);
enum webhook_check { WEBHOOK_GOOD, WEBHOOK_FORGED, WEBHOOK_STALE, WEBHOOK_MALFORMED };
/* signatures is the header: space-separated list. timestamp text in seconds, within tolerance_s of now_s. */
enum webhook_check webhook_verify(struct str secret, struct str id, struct str timestamp, struct str signatures, struct str body,
    int64_t now_s, int tolerance_s);

#endif
