#include <mysqld_error.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "lib/base/log.h"
#include "lib/db/connection.h"

enum { CONNECT_S = 3, READ_S = 6, JOB_READ_S = 86400, DEFAULT_PORT = 3306 };

/*
 * One statement sets a session up. READ COMMITTED with snapshot isolation turns a lost update into error 1020; a wait for a table's
 * definition is short, because whoever waits for one makes all others wait.
 */
#define SESSION_SQL \
	"SET SESSION time_zone = '+00:00', tx_isolation = 'READ-COMMITTED', innodb_snapshot_isolation = ON, lock_wait_timeout = 10," \
	" sql_mode = 'STRICT_ALL_TABLES,ONLY_FULL_GROUP_BY,NO_ZERO_DATE,NO_ZERO_IN_DATE,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION'"

static const char sql_session[] = SESSION_SQL ", innodb_lock_wait_timeout = 2, max_statement_time = 3, idle_transaction_timeout = 10";
static const char sql_session_jobs[] = SESSION_SQL ", innodb_lock_wait_timeout = 10, max_statement_time = 0, idle_transaction_timeout = 60";
static const char sql_read_only[] = "SELECT @@global.read_only";

struct host {
	const char *name;  /* NULL: the socket */
	unsigned port;
};

void db_library_init(void)
{
	if (mysql_library_init(0, NULL, NULL) != 0)
		log_die("MariaDB's library can't start");
}

void db_library_end(void)
{
	mysql_library_end();
}

static int my_fail(struct db *db, struct err *e)
{
	return db_fail(db, mysql_errno(db->my), mysql_sqlstate(db->my), mysql_error(db->my), false, e);
}

int db_command(struct db *db, const char *sql, struct err *e)
{
	return mysql_real_query(db->my, sql, strlen(sql)) == 0 ? 0 : my_fail(db, e);
}

static int refuse(const char *code, const char *why, struct err *e)
{
	err_set(e, ERR_DB, "%s", why);
	if (e != NULL)
		e->code = code;
	return -1;
}

static void set_options(MYSQL *my, const struct db_options *o, struct arena *a)
{
	unsigned connect_s = CONNECT_S, io_s = o->jobs ? JOB_READ_S : READ_S, no = 0;
	my_bool off = 0, on = 1;

	mysql_optionsv(my, MYSQL_OPT_CONNECT_TIMEOUT, &connect_s);
	mysql_optionsv(my, MYSQL_OPT_READ_TIMEOUT, &io_s);
	mysql_optionsv(my, MYSQL_OPT_WRITE_TIMEOUT, &io_s);
	mysql_optionsv(my, MYSQL_OPT_RECONNECT, &off);
	mysql_optionsv(my, MYSQL_OPT_LOCAL_INFILE, &no);
	mysql_optionsv(my, MYSQL_SET_CHARSET_NAME, "utf8mb4");
	mysql_optionsv(my, MYSQL_INIT_COMMAND, o->jobs ? sql_session_jobs : sql_session);
	if (o->tls_ca.n > 0) {
		mysql_optionsv(my, MYSQL_OPT_SSL_CA, arena_cstr(a, o->tls_ca));
		mysql_optionsv(my, MYSQL_OPT_SSL_VERIFY_SERVER_CERT, &on);
	}
}

/* The number that the connection's own question answers; absent: no such table, as in a database before its first migration. */
static int ask(struct db *db, const char *sql, int64_t absent, int64_t *out, struct err *e)
{
	MYSQL_RES *res;
	MYSQL_ROW row;

	*out = absent;
	if (mysql_real_query(db->my, sql, strlen(sql)) != 0)
		return mysql_errno(db->my) == ER_NO_SUCH_TABLE ? 0 : my_fail(db, e);
	res = mysql_store_result(db->my);
	if (res == NULL)
		return my_fail(db, e);
	row = mysql_fetch_row(res);
	if (row != NULL && row[0] != NULL && !str_to_i64(str_of(row[0]), out))
		*out = absent;
	mysql_free_result(res);
	return 0;
}

static int check_epoch(struct db *db, struct db_epoch *seen, struct err *e)
{
	int64_t newest = atomic_load(&seen->newest), epoch;

	if (ask(db, seen->sql, 0, &epoch, e) != 0)
		return -1;
	while (epoch > newest)
		if (atomic_compare_exchange_weak(&seen->newest, &newest, epoch))
			return 0;
	return epoch < newest ? refuse("db_epoch", "the server is of an older epoch: another was promoted after it", e) : 0;
}

static int check_server(struct db *db, const struct db_options *o, struct err *e)
{
	int64_t read_only;

	if (o->tls_ca.n > 0 && mysql_get_ssl_cipher(db->my) == NULL)
		return refuse("db_tls", "the connection is not encrypted", e);
	if (ask(db, sql_read_only, 0, &read_only, e) != 0)
		return -1;
	if (read_only != 0)
		return refuse("db_readonly", "the server is read-only: a replica, or a primary that was stopped", e);
	return o->epoch != NULL ? check_epoch(db, o->epoch, e) : 0;
}

int db_check_writable(struct db *db, struct err *e)
{
	int64_t read_only;

	if (ask(db, sql_read_only, 0, &read_only, e) != 0)
		return -1;
	if (read_only == 0)
		return 0;
	db->lost = true; /* another host may be the primary by now */
	return refuse("db_readonly", "the server became read-only", e);
}

static int connect_to(const struct db_options *o, const struct host *h, struct arena *a, struct db **out, struct err *e)
{
	unsigned tcp = MYSQL_PROTOCOL_TCP, socket = MYSQL_PROTOCOL_SOCKET;
	struct db *db = calloc(1, sizeof(*db));

	if (db == NULL || (db->my = mysql_init(NULL)) == NULL)
		log_die("out of memory");
	set_options(db->my, o, a);
	mysql_optionsv(db->my, MYSQL_OPT_PROTOCOL, h->name != NULL ? &tcp : &socket);
	if (mysql_real_connect(db->my, h->name, arena_cstr(a, o->user), o->password.n > 0 ? arena_cstr(a, o->password) : NULL,
		arena_cstr(a, o->name), h->port, h->name == NULL ? arena_cstr(a, o->socket) : NULL, CLIENT_FOUND_ROWS) == NULL) {
		my_fail(db, e);
		db_close(&db);
		return -1;
	}
	if (check_server(db, o, e) != 0) {
		db_close(&db);
		return -1;
	}
	*out = db;
	return 0;
}

/* "db1", "db1:3307", "[2001:db8::1]:3307" */
static int parse_host(struct arena *a, struct str text, struct host *out, struct err *e)
{
	struct str name = text, port = { NULL, 0 };
	const char *end = text.n > 0 && text.p[0] == '[' ? memchr(text.p, ']', text.n) : NULL;
	const char *colon = end != NULL ? end + 1 : memchr(text.p, ':', text.n);
	int64_t number = DEFAULT_PORT;

	if (colon != NULL && colon < text.p + text.n) {
		name.n = (size_t)(colon - text.p);
		port = (struct str){ colon + 1, text.n - name.n - 1 };
		if (*colon != ':' || !str_to_i64(port, &number) || number < 1 || number > 65535)
			return err_set(e, ERR_CONFIG, "a database host is NAME or NAME:PORT, not %.*s", STR_ARG(text));
	}
	if (end != NULL)
		name = (struct str){ name.p + 1, name.n - 2 };
	if (name.n == 0)
		return err_set(e, ERR_CONFIG, "a database host has no name");
	*out = (struct host){ arena_cstr(a, name), (unsigned)number };
	return 0;
}

int db_open(const struct db_options *o, struct db **out, struct err *e)
{
	struct arena *a = arena_new(256 * 1024);
	struct str rest = o->hosts, one;
	struct host h = { NULL, 0 };
	int r = -1;

	*out = NULL;
	if (o->hosts.n == 0)
		r = connect_to(o, &h, a, out, e);
	/* The first that may be written to; the last one's error stands when none may. */
	while (o->hosts.n > 0 && r != 0 && str_split(&rest, ',', &one))
		if (parse_host(a, str_trim(one), &h, e) == 0)
			r = connect_to(o, &h, a, out, e);
	arena_free(&a);
	return r;
}

void db_close(struct db **dbp)
{
	struct db *db = *dbp;

	if (db == NULL)
		return;
	*dbp = NULL;
	db_statements_close(db);
	mysql_close(db->my);
	free(db->bulk);
	free(db);
}

bool db_is_lost(const struct db *db)
{
	return db->lost;
}

/* A script commits as it goes, so that a lost connection leaves its end unknown. */
static int script_fail(struct db *db, struct err *e)
{
	return db_fail(db, mysql_errno(db->my), mysql_sqlstate(db->my), mysql_error(db->my), true, e);
}

int db_script(struct db *db, struct str sql, struct err *e)
{
	int more, r = 0;

	if (mysql_set_server_option(db->my, MYSQL_OPTION_MULTI_STATEMENTS_ON) != 0)
		return my_fail(db, e);
	if (mysql_real_query(db->my, sql.p, sql.n) != 0)
		r = script_fail(db, e);
	while (r == 0) {
		MYSQL_RES *res = mysql_store_result(db->my);

		if (res != NULL)
			mysql_free_result(res);
		more = mysql_next_result(db->my);
		if (more < 0)
			break;
		if (more > 0)
			r = script_fail(db, e);
	}
	if (!db->lost)
		mysql_set_server_option(db->my, MYSQL_OPTION_MULTI_STATEMENTS_OFF);
	return r;
}
