/*
 * options: the command line that every FastCGI program of ours takes, and its start under the supervisor.
 */
#ifndef GAVEL_APP_OPTIONS_H
#define GAVEL_APP_OPTIONS_H

#include "fcgi-app/app.h"

struct options {
	const char *routes;       /* --routes; set before: what holds without it; NULL: the program has no route sets */
	const char *socket;       /* --socket PATH; NULL: fd 0 is the listening socket */
	const char *config_file;  /* --config-file FILE */
	char *const *argv;        /* all of it, for workers that are started anew */
	int workers, threads;     /* --workers, --threads; 0: as the settings say */
};

/* 0 go on; 1 and *code_out the exit code (--help, --version, wrong usage). */
int options_read(int argc, char **argv, const char *program, struct options *o, int *code_out);
/* Runs the app's workers until told to stop; the process's exit code. */
int options_supervise(struct app *app, const struct options *o);

#endif
