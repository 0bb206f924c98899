/*
 * ini: the lines of an INI file, through inih. inih cuts a long line and takes an indented one for the end of the line before it; here
 * the first is a fault and the second means what it says.
 */
#ifndef GAVEL_CONF_INI_H
#define GAVEL_CONF_INI_H

#include "lib/base/str.h"

struct ini_reader {
	void (*key)(void *arg, int line, const char *section, const char *key, const char *value);
	void (*fault)(void *arg, int line, const char *why);
	void *arg;
};

/* Calls back for each key and each fault of the text, in its order. */
void ini_read(struct str text, const struct ini_reader *to);

#endif
