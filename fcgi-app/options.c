#include "fcgi-app/options.h"

#include <getopt.h>
#include <stdio.h>

#include "config.h"
#include "lib/base/log.h"
#include "lib/web/supervisor.h"

enum { WORKERS_MAX = 64, THREADS_MAX = 1024, BACKLOG = 1024 };

/* What a program says about its command line, and that it is not to go on. */
static int usage(const char *program, const struct options *o, FILE *out, int code, int *code_out)
{
	fprintf(out, "usage: %s %s[--socket PATH] [--workers N] [--threads N] [--config-file FILE]\n"
	    "       %s --help | --version\n"
	    "Without --socket the listening socket is file descriptor 0. See %s(8), gavel.ini(5).\n",
	    program, o->routes != NULL ? "[--routes api|event|sandbox] " : "", program, program);
	*code_out = code;
	return 1;
}

static int number(const char *program, const char *option, const char *text, int max, int *out)
{
	int64_t n;

	if (!str_to_i64(str_of(text), &n) || n < 1 || n > max) {
		fprintf(stderr, "%s: --%s is a number from 1 to %d, not %s\n", program, option, max, text);
		return -1;
	}
	*out = (int)n;
	return 0;
}

int options_read(int argc, char **argv, const char *program, struct options *o, int *code_out)
{
	static const struct option known[] = {
		{ "socket", required_argument, NULL, 's' }, { "workers", required_argument, NULL, 'w' },
		{ "threads", required_argument, NULL, 't' }, { "config-file", required_argument, NULL, 'c' },
		{ "help", no_argument, NULL, 'h' }, { "version", no_argument, NULL, 'v' },
		{ "routes", required_argument, NULL, 'r' }, { NULL, 0, NULL, 0 },
	};
	int c, bad = 0;

	o->argv = argv;
	while ((c = getopt_long(argc, argv, "", known, NULL)) != -1 && bad == 0)
		switch (c) {
		case 's': o->socket = optarg; break;
		case 'c': o->config_file = optarg; break;
		case 'w': bad = number(program, "workers", optarg, WORKERS_MAX, &o->workers); break;
		case 't': bad = number(program, "threads", optarg, THREADS_MAX, &o->threads); break;
		case 'h':
			return usage(program, o, stdout, 0, code_out);
		case 'v':
			puts(PACKAGE_VERSION);
			*code_out = 0;
			return 1;
		case 'r':
			if (o->routes != NULL) {
				o->routes = optarg;
				break;
			}
			fprintf(stderr, "%s: there is one set of routes: --routes is gavel-api's\n", program);
			return usage(program, o, stderr, 2, code_out);
		default: /* getopt has said what is wrong */
			bad = -1;
		}
	if (bad == 0 && optind < argc) {
		fprintf(stderr, "%s: options alone are taken, not %s\n", program, argv[optind]);
		bad = -1;
	}
	return bad == 0 ? 0 : usage(program, o, stderr, 2, code_out);
}

int options_supervise(struct app *app, const struct options *o)
{
	struct supervisor_options s = { .role = app->role, .socket_path = o->socket, .socket_mode = 0660, .backlog = BACKLOG,
		.workers = app->workers, .stall_s = app->settings.stall_s, .drain_s = app->settings.drain_s, .shm = app->shm,
		.worker_main = app_work, .ctx = app, .argv = o->argv };
	struct err e = { 0 };
	int code = supervisor_run(&s, &e);

	if (code < 0)
		log_err("the supervisor ended", &e);
	return code < 0 ? 1 : code;
}
