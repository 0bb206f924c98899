#include "lib/store/config.h"

#include "lib/base/clock.h"
#include "lib/store/audit.h"
#include "lib/store/signing_secret.h"

enum { SECRET_MAX = 4096 };

const char config_epoch_sql[] = "SELECT epoch FROM config_state WHERE id = 1";

static const char sql_marks[] = "SELECT version, changes FROM config_state WHERE id = 1";
static const char sql_current[] =
    "SELECT v.version, v.created_at, v.author, v.document FROM config_state s JOIN config_version v ON v.version = s.version WHERE s.id = 1";
static const char sql_get[] = "SELECT version, created_at, author, document FROM config_version WHERE version = ?";
static const char sql_list[] = "SELECT version, created_at, author FROM config_version ORDER BY version DESC";
static const char sql_advance[] = "UPDATE config_state SET version = version + 1, changes = changes + 1 WHERE id = 1 AND version = ?";
static const char sql_insert[] = "INSERT INTO config_version (version, created_at, author, document) VALUES (?, ?, ?, ?)";
static const char sql_touch[] = "UPDATE config_state SET changes = changes + 1 WHERE id = 1";

/* Statements for each kind of named object: a table is no bound value. */
struct kind_sql {
	const char *archive, *name, *list, *list_ever;
};

#define KIND_SQL(table) { \
	"UPDATE " table " SET archived_at = ? WHERE archived_at IS NULL", \
	"INSERT INTO " table " (name) VALUES (?) ON DUPLICATE KEY UPDATE archived_at = NULL", \
	"SELECT name, id FROM " table " WHERE archived_at IS NULL", \
	"SELECT name, id FROM " table }

static const struct kind_sql kinds[NAMED__N] = {
	[NAMED_CAMPAIGN] = KIND_SQL("campaign"),
	[NAMED_SELLER] = KIND_SQL("seller"),
	[NAMED_BUYER] = KIND_SQL("buyer"),
	[NAMED_CONTRACT] = { "UPDATE contract SET archived_at = ? WHERE archived_at IS NULL",
		"INSERT INTO contract (name, owner) VALUES (?, ?) ON DUPLICATE KEY UPDATE archived_at = NULL, owner = VALUES(owner)",
		"SELECT name, id FROM contract WHERE archived_at IS NULL", "SELECT name, id FROM contract" },
	[NAMED_CHANNEL] = KIND_SQL("channel"),
	[NAMED_FORM] = KIND_SQL("form"),
};

static const char sql_secrets[] = "SELECT buyer, name, sealed FROM secret ORDER BY buyer, name";
static const char sql_secret_set[] =
    "INSERT INTO secret (buyer, name, sealed, updated_at) SELECT b.name, ?, ?, ? FROM buyer b WHERE b.name = ? AND b.archived_at IS NULL"
    " ON DUPLICATE KEY UPDATE sealed = VALUES(sealed), updated_at = VALUES(updated_at)";

int config_touch(struct db *db, struct err *e)
{
	return db_exec(db, sql_touch, NULL, 0, NULL, e);
}

int config_marks_read(struct db *db, struct config_marks *out, struct err *e)
{
	struct arena *a = arena_new(64 * 1024);
	struct db_rows rows;
	enum found found = db_find(db, a, sql_marks, NULL, 0, &rows, e);

	if (found == FOUND_YES)
		*out = (struct config_marks){ rows.list[0].i, rows.list[1].i };
	arena_free(&a);
	if (found == FOUND_NO)
		return err_set(e, ERR_DB, "the database has no configuration state: run gavelctl migrate");
	return found == FOUND_YES ? 0 : -1;
}

static void read_version(const struct db_col *c, struct config_version *out)
{
	*out = (struct config_version){ .version = c[0].i, .created_at = c[1].i, .author = c[2].s, .document = c[3].s };
}

enum found config_current(struct db *db, struct arena *a, struct config_version *out, struct err *e)
{
	struct db_rows rows;
	enum found found = db_find(db, a, sql_current, NULL, 0, &rows, e);

	if (found == FOUND_YES)
		read_version(rows.list, out);
	return found;
}

enum found config_get(struct db *db, struct arena *a, int64_t version, struct config_version *out, struct err *e)
{
	struct db_rows rows;
	enum found found = db_find(db, a, sql_get, DB_ARGS(DB_I(version)), &rows, e);

	if (found == FOUND_YES)
		read_version(rows.list, out);
	return found;
}

int config_list(struct db *db, struct arena *a, struct config_version **out, size_t *n_out, struct err *e)
{
	struct db_rows rows;

	if (db_query(db, a, sql_list, NULL, 0, &rows, e) != 0)
		return -1;
	*out = arena_array_of(a, rows.n, struct config_version);
	*n_out = rows.n;
	for (size_t i = 0; i < rows.n; i++)
		(*out)[i] = (struct config_version){ .version = db_at(&rows, i, 0)->i, .created_at = db_at(&rows, i, 1)->i,
			.author = db_at(&rows, i, 2)->s };
	return 0;
}

struct apply {
	struct arena *arena;
	const struct keyring *keys;
	int64_t base, now, version;
	struct str document, author;
	const struct named *objects;
	size_t n;
};

static int name_objects(struct db *db, const struct apply *w, struct err *e)
{
	for (int k = 0; k < NAMED__N; k++)
		if (db_exec(db, kinds[k].archive, DB_ARGS(DB_T(w->now)), NULL, e) != 0)
			return -1;
	for (size_t i = 0; i < w->n; i++) {
		const struct named *o = &w->objects[i];
		struct db_arg args[] = { DB_S(o->key), DB_S(o->owner) };

		if (db_exec(db, kinds[o->kind].name, args, o->kind == NAMED_CONTRACT ? 2 : 1, NULL, e) != 0)
			return -1;
		if (o->kind == NAMED_BUYER && (signing_secret_make(db, w->arena, w->keys, "buyer_postback", o->key, e) != 0 ||
						  signing_secret_make(db, w->arena, w->keys, "buyer_token", o->key, e) != 0))
			return -1;
		if (o->kind == NAMED_SELLER && signing_secret_make(db, w->arena, w->keys, "seller_webhook", o->key, e) != 0)
			return -1;
	}
	return 0;
}

static int write_apply(struct db *db, void *ctx, struct err *e)
{
	struct apply *w = ctx;
	uint64_t changed;

	if (db_exec(db, sql_advance, DB_ARGS(DB_I(w->base)), &changed, e) != 0)
		return -1;
	if (changed == 0)
		return err_set(e, ERR_CONFLICT, "another version was applied meanwhile");
	w->version = w->base + 1;
	if (db_exec(db, sql_insert, DB_ARGS(DB_I(w->version), DB_T(w->now), DB_S(w->author), DB_S(w->document)), NULL, e) != 0)
		return -1;
	if (audit_add(db, w->author, "config.apply", arena_printf(w->arena, "config:%lld", (long long)w->version), STR(""), e) != 0)
		return -1;
	return name_objects(db, w, e);
}

int config_apply(struct db *db, const struct keyring *keys, int64_t base, struct str document, struct str author, const struct named *objects,
    size_t n, int64_t *version_out, struct err *e)
{
	struct apply w = { .arena = arena_new(64 << 20), .keys = keys, .base = base, .now = clock_wall_us(), .document = document,
		.author = author, .objects = objects, .n = n };
	int r = db_transact(db, write_apply, &w, e);

	*version_out = w.version;
	arena_free(&w.arena);
	return r;
}

int config_names(struct db *db, struct arena *a, bool ever, struct map *maps_out[NAMED__N], struct err *e)
{
	for (int k = 0; k < NAMED__N; k++) {
		struct db_rows rows;

		if (db_query(db, a, ever ? kinds[k].list_ever : kinds[k].list, NULL, 0, &rows, e) != 0)
			return -1;
		maps_out[k] = map_new(a);
		for (size_t i = 0; i < rows.n; i++)
			map_put(maps_out[k], db_at(&rows, i, 0)->s, (void *)(uintptr_t)db_at(&rows, i, 1)->i);
	}
	return 0;
}

static struct str place_of(struct arena *a, struct str buyer, struct str name)
{
	return arena_printf(a, "secret/%.*s/%.*s", STR_ARG(buyer), STR_ARG(name));
}

int config_secrets(struct db *db, struct arena *a, const struct keyring *keys, struct map **out, struct err *e)
{
	struct db_rows rows;

	*out = map_new(a);
	if (db_query(db, a, sql_secrets, NULL, 0, &rows, e) != 0)
		return -1;
	for (size_t i = 0; i < rows.n; i++) {
		struct str buyer = db_at(&rows, i, 0)->s, name = db_at(&rows, i, 1)->s, plain;
		struct value *object = map_get(*out, buyer);

		if (object == NULL) {
			object = arena_new_of(a, struct value);
			*object = value_object(arena_array_of(a, rows.n - i, struct member), 0);
			map_put(*out, buyer, object);
		}
		if (crypt_unseal(a, keys->master, place_of(a, buyer, name), db_at(&rows, i, 2)->s, &plain, e) != 0)
			return -1;
		object->members[object->n++] = (struct member){ name, value_text(plain) };
	}
	return 0;
}

struct sealing {
	struct str buyer, name, sealed;
};

static int write_secret(struct db *db, void *ctx, struct err *e)
{
	const struct sealing *w = ctx;
	uint64_t found;

	if (db_exec(db, sql_secret_set, DB_ARGS(DB_S(w->name), DB_B(w->sealed.p, w->sealed.n), DB_T(clock_wall_us()), DB_S(w->buyer)), &found,
		e) != 0)
		return -1;
	return found > 0 ? config_touch(db, e) : 1;
}

enum found config_secret_set(struct db *db, const struct keyring *keys, struct str buyer, struct str name, struct str value, struct err *e)
{
	struct sealing w = { .buyer = buyer, .name = name };
	struct arena *a;
	int r;

	if (value.n > SECRET_MAX) {
		err_set(e, ERR_INVALID, "a secret has at most %d bytes", SECRET_MAX);
		return FOUND_ERR;
	}
	a = arena_new(64 * 1024);
	w.sealed = crypt_seal(a, keys->master, place_of(a, buyer, name), value);
	r = db_transact(db, write_secret, &w, e);
	arena_free(&a);
	return r < 0 ? FOUND_ERR : r == 0 ? FOUND_YES : FOUND_NO;
}
