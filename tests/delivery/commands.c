/*
 * The two commands as an operator's script runs them: what they print, where, and how they end. No settings, no database.
 */
#include "tests/delivery/commands.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/base/str.h"

enum { OUTPUT_MAX = 64 * 1024, ARGS_MAX = 16 };

static const struct {
	const char *args;
	int code;
	const char *out;     /* whole; NULL: nothing */
	const char *err[8];  /* each is a part of it; none: it is empty */
} runs[] = {
	{ "render --config config.json --contract acme-solar --step ping --lead lead.json", 0,
	  "{\"method\":\"POST\",\"url\":\"https://api.example.com/lead/ping\",\"headers\":{\"X-Api-Key\":\"k&y=1\","
	  "\"Content-Type\":\"application/x-www-form-urlencoded\"},\"body\":\"campaign=8841&zip=85001&project_id=101&owner=Yes&bill=180&"
	  "utility=Salt+River+Project&tf_ping=https%3A%2F%2Fping.example.com%2Fx&test=0\"}\n", { 0 } },
	{ "render --config config.json --contract acme-direct --step=post --lead=lead.json", 0,
	  "{\"method\":\"POST\",\"url\":\"https://api.example.com/direct\",\"headers\":{\"X-Name\":\"Zo\xc3\xab\",\"Content-Type\":\"application/json\"},"
	  "\"body\":\"{\\\"id\\\":\\\"led_02\\\",\\\"contract\\\":\\\"acme-direct\\\"}\"}\n", { 0 } },
	{ "parse --config config.json --contract acme-solar --step ping --reply reply.json", 0,
	  "{\"outcome\":\"bid\",\"price\":\"31.50\",\"ref\":\"t-9\",\"reason\":null,\"reason_text\":null,\"redirect_url\":null,\"expires_in_s\":120}\n",
	  { 0 } },
	{ "parse --config config.json --contract acme-solar --step post --reply reply_none.json", 0,
	  "{\"outcome\":\"outcome_unknown\",\"price\":null,\"ref\":null,\"reason\":\"outcome_unknown\",\"reason_text\":null,\"redirect_url\":null,"
	  "\"expires_in_s\":null}\n", { 0 } },
	{ "render --config broken.json --contract acme-solar --step ping --lead lead.json", 1, NULL,
	  { "fault: #/buyers/0/contracts/0/ping/url: ", "fault: #/buyers/0/contracts/0/ping/body/form/a: ",
	    "fault: #/buyers/0/contracts/0/ping/body/form/b: ", "fault: #/buyers/0/contracts/0/ping/body/form/c: ",
	    "fault: #/buyers/0/contracts/0/post/reply/rules/0/outcome: ", "fault: #/buyers/0/contracts/0/post/reply/rules: missing_field",
	    "fault: #/buyers/0/contracts/0/post/body/xml: " } },
	{ "parse --config broken.json --contract acme-direct --step post --reply reply.json", 1, NULL, { "#/buyers/0/contracts/0/ping/url" } },
	{ "render --config config.json --contract acme-solar --step ping --lead lead_bad.json", 1, NULL,
	  { "#/lead/zip: ", "#/lead/home_owner: ", "#/lead/project: ", "#/lead/first_name: ", "#/now: " } },
	{ "render --config config.json --contract acme-direct --step post --lead lead_break.json", 1, NULL, { "headers/X-Name" } },
	{ "parse --config config.json --contract acme-solar --step ping --reply reply_bad.json", 1, NULL,
	  { "#/status: ", "#/headers: ", "#/body: " } },
	{ "render --config config.json --contract nobody --step ping --lead lead.json", 1, NULL, { "no contract nobody" } },
	{ "render --config config.json --contract acme-direct --step ping --lead lead.json", 1, NULL, { "no ping step" } },
	{ "render --config missing.json --contract acme-solar --step ping --lead lead.json", 1, NULL, { "missing.json" } },
	{ "render --config config.json --contract acme-solar --step ping --lead missing.json", 1, NULL, { "missing.json" } },
	{ "render --config reply.json --contract acme-solar --step ping --lead lead.json", 1, NULL, { "unknown_member" } },
	{ "render --config config.json --contract acme-solar --step sell --lead lead.json", 2, NULL, { "usage: " } },
	{ "render --config config.json --contract acme-solar --step ping", 2, NULL, { "usage: " } },
	{ "render --config config.json --contract acme-solar --step ping --lead lead.json more", 2, NULL, { "usage: " } },
	{ "parse --config config.json --contract acme-solar --step ping --lead lead.json", 2, NULL, { "usage: " } },
	{ "", 2, NULL, { "delivery wants a second word", "delivery render", "delivery parse" } },
};

struct output {
	char bytes[OUTPUT_MAX + 1];
	size_t n;
};

/* Runs gavelctl delivery with the words of args in its folder; its exit code, or -1. The outputs go through files: neither can fill up. */
static int spawn(const char *args, int out, int err)
{
	static const char *const environment[] = { "PATH=/usr/bin:/bin", "LC_ALL=C.UTF-8", "GAVEL_CONF=/nonexistent", NULL };
	char *argv[ARGS_MAX] = { (char *)(uintptr_t)GAVELCTL, (char *)(uintptr_t)"delivery" };
	struct str rest = str_of(args), word;
	posix_spawn_file_actions_t actions;
	int n = 2, status = -1;
	pid_t pid;

	while (rest.n > 0 && n < ARGS_MAX - 1 && str_split(&rest, ' ', &word))
		argv[n++] = strndup(word.p, word.n);
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_adddup2(&actions, out, 1);
	posix_spawn_file_actions_adddup2(&actions, err, 2);
	posix_spawn_file_actions_addchdir_np(&actions, DELIVERY_FOLDER "/commands");
	if (posix_spawn(&pid, GAVELCTL, &actions, NULL, argv, (char *const *)(uintptr_t)environment) == 0)
		waitpid(pid, &status, 0);
	posix_spawn_file_actions_destroy(&actions);
	while (n > 2)
		free(argv[--n]);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void take(FILE *f, struct output *o)
{
	rewind(f);
	o->n = fread(o->bytes, 1, OUTPUT_MAX, f);
	o->bytes[o->n] = '\0';
	fclose(f);
}

START_TEST(command)
{
	FILE *out = tmpfile(), *err = tmpfile();
	struct output *o = calloc(2, sizeof(*o));
	int code;

	ck_assert(out != NULL && err != NULL && o != NULL);
	code = spawn(runs[_i].args, fileno(out), fileno(err));
	take(out, &o[0]);
	take(err, &o[1]);
	ck_assert_msg(code == runs[_i].code, "%s: ends with %d: %s", runs[_i].args, code, o[1].bytes);
	ck_assert_msg(strcmp(o[0].bytes, runs[_i].out != NULL ? runs[_i].out : "") == 0, "%s: prints %s", runs[_i].args, o[0].bytes);
	ck_assert_msg((o[1].n == 0) == (runs[_i].err[0] == NULL), "%s: says %s", runs[_i].args, o[1].bytes);
	for (size_t i = 0; i < 8 && runs[_i].err[i] != NULL; i++)
		ck_assert_msg(strstr(o[1].bytes, runs[_i].err[i]) != NULL, "%s: does not say %s: %s", runs[_i].args, runs[_i].err[i], o[1].bytes);
	free(o);
}
END_TEST

TCase *command_cases(void)
{
	TCase *cases = tcase_create("commands");

	tcase_set_timeout(cases, 60);
	tcase_add_loop_test(cases, command, 0, (int)(sizeof(runs) / sizeof(runs[0])));
	return cases;
}
