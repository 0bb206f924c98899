/*
 * settings: every default, both sources and their order, secrets in files, and every fault by its message.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "lib/conf/settings.h"

struct fixture {
	struct arena *arena;
	struct settings s;
	struct err e;
	char dir[32], ini[48], secret[48];
};

static void write_file(const char *path, const char *text, size_t n)
{
	FILE *f = fopen(path, "w");

	ck_assert_ptr_nonnull(f);
	ck_assert_uint_eq(fwrite(text, 1, n, f), n);
	ck_assert_int_eq(fclose(f), 0);
}

static void start(struct fixture *f)
{
	static const char dir[] = "/tmp/gavel-conf-XXXXXX";

	memset(f, 0, sizeof(*f));
	f->arena = arena_new(1 << 20);
	memcpy(f->dir, dir, sizeof(dir));
	ck_assert_ptr_nonnull(mkdtemp(f->dir));
	snprintf(f->ini, sizeof(f->ini), "%s/gavel.ini", f->dir);
	snprintf(f->secret, sizeof(f->secret), "%s/secret", f->dir);
}

static void end(struct fixture *f)
{
	unlink(f->ini);
	unlink(f->secret);
	rmdir(f->dir);
	arena_free(&f->arena);
}

static int load_n(struct fixture *f, const char *ini, size_t n, const char *const *env)
{
	if (ini == NULL)
		return settings_load(f->arena, NULL, (char *const *)env, &f->s, &f->e);
	write_file(f->ini, ini, n);
	return settings_load(f->arena, f->ini, (char *const *)env, &f->s, &f->e);
}

static int load(struct fixture *f, const char *ini, const char *const *env)
{
	return load_n(f, ini, ini != NULL ? strlen(ini) : 0, env);
}

static void is(struct str got, const char *want)
{
	ck_assert_msg(str_is(got, want), "got \"%.*s\", not \"%s\"", STR_ARG(got), want);
}

START_TEST(defaults)
{
	struct fixture f;

	start(&f);
	ck_assert_msg(load(&f, NULL, NULL) == 0, "%s", f.e.msg);
	is(f.s.database.hosts, "");
	is(f.s.database.socket, "/run/mysqld/mysqld.sock");
	is(f.s.database.name, "gavel");
	is(f.s.database.user, "gavel");
	is(f.s.database.password, "");
	ck_assert_int_eq(f.s.database.pool, 6);
	ck_assert_int_eq(f.s.admin_database.pool, 4);
	is(f.s.admin_database.user, "gavel");
	is(f.s.migrate_database.socket, "/run/mysqld/mysqld.sock");
	is(f.s.run_dir, "/run/gavel");
	ck_assert(str_contains(f.s.migrations_dir, STR("/share/gavel/migrations")));
	is(f.s.public_url, "https://localhost");
	is(f.s.log_level, "info");
	ck_assert_int_eq(f.s.workers, 2);
	ck_assert_int_eq(f.s.threads, 64);
	ck_assert_int_eq(f.s.post_limit, 0);
	ck_assert_int_eq(f.s.retention_days, 90);
	end(&f);
}
END_TEST

START_TEST(file_then_environment)
{
	static const char ini[] =
	    "\xef\xbb\xbf# a comment\r\n"
	    "[database]\r\n"
	    "hosts = db1:3306,db2:3306\r\n"
	    "password=a;b#c  ; a comment\r\n"
	    "  name = leads\n"
	    "\n"
	    "[web]\n"
	    "public_url = https://leads.example.com//\n"
	    "[api]\n"
	    "threads : 10\n"
	    "workers = 3";
	const char *env[] = { "GAVEL_API__THREADS=1024", "GAVEL_WEB__METRICS_ALLOW=10.0.0.0/8, ::1  192.0.2.1", "GAVEL_URL=x",
		"GAVEL_DB_SOCKET=y", "HOME=/", "GAVEL__", "NOT_GAVEL_API__THREADS=1", NULL };
	struct fixture f;

	start(&f);
	ck_assert_msg(load(&f, ini, env) == 0, "%s", f.e.msg);
	is(f.s.database.hosts, "db1:3306,db2:3306");
	is(f.s.database.socket, "");
	is(f.s.database.password, "a;b#c");
	is(f.s.database.name, "leads");
	is(f.s.public_url, "https://leads.example.com");
	is(f.s.metrics_allow, "10.0.0.0/8, ::1  192.0.2.1");
	ck_assert_int_eq(f.s.threads, 1024);
	ck_assert_int_eq(f.s.workers, 3);
	end(&f);
}
END_TEST

START_TEST(databases_inherit)
{
	const char *env[] = { "GAVEL_DATABASE__PASSWORD=one", "GAVEL_DATABASE__TLS_CA=/ca.pem", "GAVEL_DATABASE__SOCKET=/a.sock",
		"GAVEL_DATABASE__POOL=8", "GAVEL_DATABASE_ADMIN__USER=gavel_admin", "GAVEL_DATABASE_MIGRATE__HOSTS=db9", NULL };
	struct fixture f;

	start(&f);
	ck_assert_msg(load(&f, NULL, env) == 0, "%s", f.e.msg);
	is(f.s.admin_database.user, "gavel_admin");
	is(f.s.admin_database.password, "");          /* another user: not that one's password */
	is(f.s.admin_database.socket, "/a.sock");
	is(f.s.admin_database.tls_ca, "/ca.pem");
	is(f.s.migrate_database.hosts, "db9");
	is(f.s.migrate_database.socket, "");          /* another server: not that one's socket */
	is(f.s.migrate_database.tls_ca, "");
	is(f.s.migrate_database.user, "gavel");
	is(f.s.migrate_database.password, "one");
	ck_assert_int_eq(f.s.database.pool, 8);
	end(&f);
}
END_TEST

START_TEST(secrets_in_files)
{
	char by_file[80], ini[160];
	const char *env[] = { by_file, NULL }, *plain[] = { "GAVEL_DATABASE__PASSWORD=from env", NULL };
	struct fixture f;

	start(&f);
	write_file(f.secret, " s3cret \n", 9);
	snprintf(by_file, sizeof(by_file), "GAVEL_DATABASE__PASSWORD_FILE=%s", f.secret);
	ck_assert_msg(load(&f, "[database]\npassword = from ini\n", env) == 0, "%s", f.e.msg);
	is(f.s.database.password, "s3cret");
	snprintf(ini, sizeof(ini), "[keys]\nmaster_key_file = %s\n", f.secret);
	ck_assert_msg(load(&f, ini, NULL) == 0, "%s", f.e.msg);
	is(f.s.master_key, "s3cret");
	/* The environment wins, so the file that the INI names need not even be there. */
	ck_assert_msg(load(&f, "[database]\npassword_file = /nonexistent\n", plain) == 0, "%s", f.e.msg);
	is(f.s.database.password, "from env");
	end(&f);
}
END_TEST

static const struct {
	const char *ini, *env, *said;
} faults[] = {
	{ "[databse]\nuser = x\n", NULL, "gavel.ini:2: [databse] user: there is no such section" },
	{ "[api]\nthread = 4\n", NULL, "gavel.ini:2: [api] thread: there is no such key in this section" },
	{ "[api]\nthreads_file = /x\n", NULL, "gavel.ini:2: [api] threads_file: there is no such key in this section" },
	{ "threads = 4\n", NULL, "gavel.ini:1: [] threads: there is no such section" },
	{ "[api]\nthreads = 0\n", NULL, "[api] threads: is to be a whole number from 1 to 1024" },
	{ "[api]\nthreads = 1025\n", NULL, "from 1 to 1024" },
	{ "[api]\nthreads = 4x\n", NULL, "from 1 to 1024" },
	{ "[api]\nthreads =\n", NULL, "from 1 to 1024" },
	{ "[api]\nthreads = 99999999999999999999\n", NULL, "from 1 to 1024" },
	{ "[api]\nthreads = 4\nthreads = 5\n", NULL, "gavel.ini:3: [api] threads: is given twice" },
	{ "[database]\npassword = a\npassword_file = /b\n", NULL, "gavel.ini:3: [database] password_file: is given twice" },
	{ "[database]\npassword_file = /nonexistent/secret\n", NULL, "gavel.ini:2: [database] password_file: No such file" },
	{ "[database]\nhosts = a\nsocket = /b\n", NULL, "[database]: has hosts and a socket" },
	{ "[api]\nnonsense\nthreads = 4\n", NULL, "gavel.ini:2: is neither [section] nor key = value" },
	{ "[api\nthreads = 4\n", NULL, "there is no such section; also " },
	{ "[web]\npublic_url = ftp://x\n", NULL, "[web] public_url: is to be https://host" },
	{ "[web]\npublic_url = https://u@x\n", NULL, "is to be https://host" },
	{ "[web]\npublic_url = https:///x\n", NULL, "is to be https://host" },
	{ "[web]\npublic_url = https://x/?a\n", NULL, "is to be https://host" },
	{ "[web]\ntrusted_proxies = 10.0.0.0/33\n", NULL, "is to be addresses and networks" },
	{ "[web]\ntrusted_proxies = 10.0.0\n", NULL, "is to be addresses and networks" },
	{ "[web]\ntrusted_proxies = ::1/129\n", NULL, "is to be addresses and networks" },
	{ "[web]\ntrusted_proxies = 10.0.0.0/\n", NULL, "is to be addresses and networks" },
	{ "[web]\nlog_level = loud\n", NULL, "is to be debug, info, warn or error" },
	{ "[database]\nuser = a\001b\n", NULL, "is to be one line of printable text" },
	{ NULL, "GAVEL_API__THREAD=4", "GAVEL_API__THREAD: there is no such setting" },
	{ NULL, "GAVEL_DATABASE_ADMINS__USER=x", "GAVEL_DATABASE_ADMINS__USER: there is no such setting" },
	{ NULL, "GAVEL_DATABASE.ADMIN__USER=x", "GAVEL_DATABASE.ADMIN__USER: there is no such setting" },
	{ NULL, "GAVEL_API__THREADS_FILE=/x", "there is no such setting" },
	{ NULL, "GAVEL_API__THREADS=", "GAVEL_API__THREADS: is to be a whole number" },
	{ NULL, "GAVEL_DATABASE__USER=a\nb", "GAVEL_DATABASE__USER: is to be one line" },
	{ "[a]\nx=1\ny=2\n", "GAVEL_B__C=1", "[a] x: there is no such section; also " },
};

START_TEST(fault_named)
{
	const char *env[] = { faults[_i].env, NULL };
	struct fixture f;

	start(&f);
	ck_assert_int_eq(load(&f, faults[_i].ini, env), -1);
	ck_assert_int_eq(f.e.kind, ERR_CONFIG);
	ck_assert_msg(strstr(f.e.msg, faults[_i].said) != NULL, "\"%s\" does not say \"%s\"", f.e.msg, faults[_i].said);
	end(&f);
}
END_TEST

START_TEST(many_faults_are_counted)
{
	struct fixture f;

	start(&f);
	ck_assert_int_eq(load(&f, "[api]\na=1\nb=1\nc=1\nd=1\ne=1\nf=1\ng=1\nh=1\ni=1\nj=1\nk=1\n", NULL), -1);
	ck_assert_msg(strstr(f.e.msg, ":2: [api] a: there is no such key") != NULL, "%s", f.e.msg);
	ck_assert_msg(strstr(f.e.msg, "; and ") != NULL && strstr(f.e.msg, " more") != NULL, "%s", f.e.msg);
	end(&f);
}
END_TEST

/* Longest line that fits, and one byte more: never cut. */
START_TEST(line_length)
{
	char ini[512] = "[database]\nuser = ";
	size_t head = strlen(ini), line = head - strlen("[database]\n");
	struct fixture f;

	start(&f);
	memset(ini + head, 'u', 198 - line);
	memcpy(ini + head + 198 - line, "\n", 2);
	ck_assert_msg(load(&f, ini, NULL) == 0, "%s", f.e.msg);
	ck_assert_uint_eq(f.s.database.user.n, 198 - line);
	memcpy(ini + head + 198 - line, "u\n", 3);
	ck_assert_int_eq(load(&f, ini, NULL), -1);
	ck_assert_msg(strstr(f.e.msg, "gavel.ini:2: the line is too long") != NULL, "%s", f.e.msg);
	end(&f);
}
END_TEST

START_TEST(bytes_and_sizes)
{
	char *big = calloc(1, 70000);
	const char *env[] = { big, NULL };
	struct fixture f;

	start(&f);
	ck_assert_int_eq(load_n(&f, "[api]\nthreads = 4\0 5\n", 21, NULL), -1);
	ck_assert_msg(strstr(f.e.msg, "gavel.ini:2: there is a NUL in the line") != NULL, "%s", f.e.msg);
	memset(big, '\n', 70000 - 1);
	ck_assert_int_eq(load_n(&f, big, 70000 - 1, NULL), -1);
	ck_assert_msg(strstr(f.e.msg, "the file is too large") != NULL, "%s", f.e.msg);
	memset(big, 'x', 5000);
	memcpy(big, "GAVEL_MAIL__FROM=", 17);
	big[5000] = '\0';
	ck_assert_int_eq(load(&f, NULL, env), -1);
	ck_assert_msg(strstr(f.e.msg, "GAVEL_MAIL__FROM: is too long") != NULL, "%s", f.e.msg);
	ck_assert_int_eq(settings_load(f.arena, "/nonexistent/gavel.ini", NULL, &f.s, &f.e), -1);
	ck_assert_msg(strstr(f.e.msg, "/nonexistent/gavel.ini: No such file") != NULL, "%s", f.e.msg);
	free(big);
	end(&f);
}
END_TEST

START_TEST(path_order)
{
	setenv("GAVEL_CONF", "/b.ini", 1);
	ck_assert_str_eq(settings_path("/a.ini"), "/a.ini");
	ck_assert_str_eq(settings_path(NULL), "/b.ini");
	setenv("GAVEL_CONF", "", 1);
	ck_assert(settings_path(NULL) == NULL || strcmp(settings_path(NULL), "/etc/gavel/gavel.ini") == 0);
}
END_TEST

/* Each setting stands in docs/settings.md, as `[section] key` or in a row of its section. */
START_TEST(all_documented)
{
	struct arena *a = arena_new(1 << 20);
	char *text = calloc(1, 64 * 1024);
	FILE *f = fopen(SRCDIR "/docs/settings.md", "r");
	const char *section, *key;

	ck_assert_ptr_nonnull(f);
	ck_assert_uint_gt(fread(text, 1, 64 * 1024 - 1, f), 0);
	fclose(f);
	for (size_t i = 0; settings_name(i, &section, &key); i++) {
		const char *row = strstr(text, arena_printf(a, "`[%s] %s`", section, key).p);
		bool found = row != NULL;

		row = strstr(text, arena_printf(a, "`[%s] hosts`", section).p);
		if (!found && row != NULL)
			found = memmem(row, strcspn(row, "\n"), key, strlen(key)) != NULL;
		ck_assert_msg(found, "[%s] %s is not in docs/settings.md", section, key);
	}
	free(text);
	arena_free(&a);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("conf");
	TCase *tc = tcase_create("settings");
	SRunner *sr;
	int failed;

	tcase_add_test(tc, defaults);
	tcase_add_test(tc, file_then_environment);
	tcase_add_test(tc, databases_inherit);
	tcase_add_test(tc, secrets_in_files);
	tcase_add_loop_test(tc, fault_named, 0, (int)(sizeof(faults) / sizeof(faults[0])));
	tcase_add_test(tc, many_faults_are_counted);
	tcase_add_test(tc, line_length);
	tcase_add_test(tc, bytes_and_sizes);
	tcase_add_test(tc, path_order);
	tcase_add_test(tc, all_documented);
	suite_add_tcase(s, tc);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed == 0 ? 0 : 1;
}
