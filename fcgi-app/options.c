#include "fcgi-app/options.h"

#include <getopt.h>
#include <stdio.h>

#include "config.h"
#include "lib/base/log.h"
#include "lib/web/supervisor.h"

enum { WORKERS_MAX = 64, THREADS_MAX = 1024, BACKLOG = 1024 };

static int usage(const char *program, FILE *out, int code, int *code_out)
{
	fprintf(out, "usage: %s [--routes SET] [--socket PATH] [--workers N] [--threads N] [--config-file FILE]\n"
	    "Without --socket the listening socket is file descriptor 0.\n", program);
	*code_out = code;
	return 1;
}

static int number(const char *text, int max, int *out)
{
	int64_t n;

	if (!str_to_i64(str_of(text), &n) || n < 1 || n > max)
		return -1;
	*out = (int)n;
	return 0;
}

int options_read(int argc, char **argv, const char *program, struct options *o, int *code_out)
{
	static const struct option known[] = {
		{ "routes", required_argument, NULL, 'r' }, { "socket", required_argument, NULL, 's' },
		{ "workers", required_argument, NULL, 'w' }, { "threads", required_argument, NULL, 't' },
		{ "config-file", required_argument, NULL, 'c' }, { "help", no_argument, NULL, 'h' },
		{ "version", no_argument, NULL, 'v' }, { NULL, 0, NULL, 0 },
	};
	int c;

	while ((c = getopt_long(argc, argv, "", known, NULL)) != -1)
		switch (c) {
		case 'r': o->routes = optarg; break;
		case 's': o->socket = optarg; break;
		case 'c': o->config_file = optarg; break;
		case 'w':
			if (number(optarg, WORKERS_MAX, &o->workers) != 0)
				return usage(program, stderr, 2, code_out);
			break;
		case 't':
			if (number(optarg, THREADS_MAX, &o->threads) != 0)
				return usage(program, stderr, 2, code_out);
			break;
		case 'h':
			return usage(program, stdout, 0, code_out);
		case 'v':
			puts(PACKAGE_VERSION);
			*code_out = 0;
			return 1;
		default:
			return usage(program, stderr, 2, code_out);
		}
	return optind == argc ? 0 : usage(program, stderr, 2, code_out);
}

int options_supervise(struct app *app, const struct options *o)
{
	struct supervisor_options s = { .role = app->role, .socket_path = o->socket, .socket_mode = 0660, .backlog = BACKLOG,
		.workers = app->workers, .stall_s = app->settings.stall_s, .drain_s = app->settings.drain_s, .shm = app->shm,
		.worker_main = app_work, .ctx = app };
	struct err e = { 0 };
	int code = supervisor_run(&s, &e);

	if (code < 0)
		log_err("the supervisor ended", &e);
	return code < 0 ? 1 : code;
}
