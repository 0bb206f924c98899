/*
 * gavelctl key: API keys. A key is printed once, alone on one line; what is kept is a keyed hash.
 */
#include <stdio.h>

#include "fcgi-app/ctl/commands.h"
#include "fcgi-app/ctl/ctl.h"
#include "lib/base/clock.h"
#include "lib/catalog/snapshot.h"
#include "lib/store/audit.h"
#include "lib/store/key.h"
#include "lib/wire/json.h"

enum { NAME_MAX_CHARS = 120, LIST_MAX = 16 << 20, INSERT_TRIES = 3 };

static const char *const scope_names[] = { "ping", "post", "report", "leads", "privacy", "admin" };

enum { N_SCOPES = sizeof(scope_names) / sizeof(scope_names[0]) };

static int parse_scopes(const char *text, unsigned *out)
{
	struct str rest = str_of(text), part;

	*out = 0;
	while (str_split(&rest, ',', &part)) {
		unsigned i = 0;

		while (i < N_SCOPES && !str_is(part, scope_names[i]))
			i++;
		if (i == N_SCOPES)
			return ctl_refuse("no such scope: %.*s (ping, post, report, leads, privacy, admin)", STR_ARG(part));
		*out |= 1u << i;
	}
	return *out == 0 ? ctl_refuse("--scopes names at least one") : 0;
}

/* The change and its line in the audit are one transaction. */
static int keep(struct ctl *c, struct db *db, const char *action, struct str id, struct str detail, struct err *e)
{
	if (audit_add(db, ctl_actor(c), action, arena_printf(c->arena, "key:%.*s", STR_ARG(id)), detail, e) != 0)
		return -1;
	return db_commit(db, e);
}

static int insert(struct ctl *c, struct db *db, const struct keyring *keys, struct key_row *row, struct str *key_out)
{
	struct api_key_text key;
	struct err e = { 0 };
	enum found found = FOUND_ERR;

	if (db_begin(db, &e) != 0)
		return ctl_refuse("%s", e.msg);
	/* Two keys may draw the same id: another is drawn. */
	for (int i = 0; i < INSERT_TRIES; i++) {
		api_key_make(c->arena, row->sandbox, &key);
		row->id = key.id;
		api_key_hash(keys, key.text, row->hash);
		found = key_insert(db, row, &e);
		if (found != FOUND_ERR || e.kind != ERR_DB_DUPLICATE)
			break;
	}
	*key_out = key.text;
	if (found == FOUND_NO)
		return ctl_refuse("no such seller: %.*s", STR_ARG(row->seller));
	if (found == FOUND_ERR || keep(c, db, "key.create", row->id, row->seller, &e) != 0)
		return ctl_refuse("%s", e.msg);
	return CTL_DONE;
}

int ctl_key_create(struct ctl *c, int argc, char **argv)
{
	const char *seller = ctl_option(&argc, argv, "seller"), *scopes = ctl_option(&argc, argv, "scopes");
	const char *name = ctl_option(&argc, argv, "name");
	bool admin = ctl_flag(&argc, argv, "admin"), sandbox = ctl_flag(&argc, argv, "sandbox");
	struct key_row row = { .seller = str_of(seller != NULL ? seller : ""), .sandbox = sandbox, .name = str_of(name != NULL ? name : "") };
	struct keyring keys;
	struct str key = { NULL, 0 };
	struct db *db = NULL;
	int code;

	if (argc != 0)
		return CTL_USAGE;
	if (admin == (seller != NULL))
		return ctl_wrong("a key is a seller's (--seller KEY) or an operator's (--admin)");
	if (admin && sandbox)
		return ctl_wrong("--sandbox goes with --seller");
	if (row.name.n > NAME_MAX_CHARS)
		return ctl_wrong("--name has at most %d bytes", NAME_MAX_CHARS);
	row.scopes = admin ? SCOPE_ADMIN | SCOPE_REPORT | SCOPE_LEADS | SCOPE_PRIVACY : SCOPE_PING | SCOPE_POST | SCOPE_REPORT | SCOPE_LEADS;
	if (scopes != NULL && parse_scopes(scopes, &row.scopes) != 0)
		return CTL_REFUSED;
	if (ctl_keys(c, &keys) != 0 || ctl_db(c, false, &db) != 0)
		return CTL_REFUSED;
	code = insert(c, db, &keys, &row, &key);
	db_close(&db);
	if (code == CTL_DONE)
		printf("%.*s\n", STR_ARG(key));
	return code;
}

static void print_scopes(unsigned scopes)
{
	const char *between = "";

	for (unsigned i = 0; i < N_SCOPES; i++)
		if (scopes & 1u << i) {
			printf("%s%s", between, scope_names[i]);
			between = ",";
		}
}

static void print_table(struct ctl *c, const struct key_row *rows, size_t n)
{
	printf("%-8s  %-20s  %-7s  %-8s  %-24s  %s\n", "ID", "SELLER", "MODE", "STATE", "CREATED", "SCOPES");
	for (size_t i = 0; i < n; i++) {
		printf("%-8.*s  %-20.*s  %-7s  %-8s  %-24.*s  ", STR_ARG(rows[i].id), STR_ARG(rows[i].seller.n > 0 ? rows[i].seller : STR("(admin)")),
		    rows[i].sandbox ? "sandbox" : "live", rows[i].revoked_at != 0 ? "revoked" : "active",
		    STR_ARG(clock_rfc3339_ms(c->arena, rows[i].created_at)));
		print_scopes(rows[i].scopes);
		putchar('\n');
	}
}

static void print_json(struct ctl *c, const struct key_row *rows, size_t n)
{
	struct buf b;
	struct json_out j;

	buf_in(&b, c->arena, LIST_MAX);
	j = json_out(&b);
	json_open(&j, NULL, '[');
	for (size_t i = 0; i < n; i++) {
		json_open(&j, NULL, '{');
		json_text(&j, "id", rows[i].id);
		if (rows[i].seller.n > 0)
			json_text(&j, "seller", rows[i].seller);
		else
			json_nil(&j, "seller");
		json_bool(&j, "sandbox", rows[i].sandbox);
		json_open(&j, "scopes", '[');
		for (unsigned k = 0; k < N_SCOPES; k++)
			if (rows[i].scopes & 1u << k)
				json_cstr(&j, NULL, scope_names[k]);
		json_close(&j, ']');
		json_bool(&j, "must_sign", rows[i].must_sign);
		json_text(&j, "name", rows[i].name);
		json_text(&j, "created_at", clock_rfc3339_ms(c->arena, rows[i].created_at));
		if (rows[i].revoked_at != 0)
			json_text(&j, "revoked_at", clock_rfc3339_ms(c->arena, rows[i].revoked_at));
		else
			json_nil(&j, "revoked_at");
		json_close(&j, '}');
	}
	json_close(&j, ']');
	printf("%.*s\n", STR_ARG(buf_str(&b)));
}

int ctl_key_list(struct ctl *c, int argc, char **argv)
{
	bool all = ctl_flag(&argc, argv, "all");
	struct key_row *rows;
	struct db *db = NULL;
	struct err e;
	size_t n;
	int r;

	if (argc != 0)
		return CTL_USAGE;
	if (ctl_db(c, false, &db) != 0)
		return CTL_REFUSED;
	r = key_list(db, c->arena, all, &rows, &n, &e);
	db_close(&db);
	if (r != 0)
		return ctl_refuse("%s", e.msg);
	if (c->json)
		print_json(c, rows, n);
	else
		print_table(c, rows, n);
	return CTL_DONE;
}

int ctl_key_revoke(struct ctl *c, int argc, char **argv)
{
	struct db *db = NULL;
	struct err e;
	enum found found;

	if (argc != 1)
		return CTL_USAGE;
	if (ctl_db(c, false, &db) != 0)
		return CTL_REFUSED;
	found = db_begin(db, &e) == 0 ? key_revoke(db, str_of(argv[0]), &e) : FOUND_ERR;
	if (found == FOUND_YES && keep(c, db, "key.revoke", str_of(argv[0]), STR(""), &e) != 0)
		found = FOUND_ERR;
	db_close(&db);
	if (found == FOUND_ERR)
		return ctl_refuse("%s", e.msg);
	return found == FOUND_YES ? CTL_DONE : ctl_refuse("no active key has the id %s", argv[0]);
}

int ctl_key_signing_secret(struct ctl *c, int argc, char **argv)
{
	struct keyring keys;
	struct db *db = NULL;
	struct str secret;
	struct err e;
	enum found found;

	if (argc != 1)
		return CTL_USAGE;
	if (ctl_keys(c, &keys) != 0 || ctl_db(c, false, &db) != 0)
		return CTL_REFUSED;
	found = FOUND_ERR;
	if (db_begin(db, &e) == 0)
		found = key_signing_secret(db, c->arena, &keys, str_of(argv[0]), false, &secret, &e);
	if (found == FOUND_YES && keep(c, db, "key.signing_secret", str_of(argv[0]), STR(""), &e) != 0)
		found = FOUND_ERR;
	db_close(&db);
	if (found == FOUND_ERR)
		return ctl_refuse("%s", e.msg);
	if (found == FOUND_NO)
		return ctl_refuse("no active key has the id %s", argv[0]);
	printf("%.*s\n", STR_ARG(secret));
	return CTL_DONE;
}
