/*
 * commands: gavelctl's commands as rows; each is in the file of its name.
 */
#ifndef GAVEL_CTL_COMMANDS_H
#define GAVEL_CTL_COMMANDS_H

struct ctl;

/* int ctl_NAME(struct ctl *c, int argc, char **argv): one line for each command, sorted */

#define CTL_COMMANDS \
	{ 0 },

#endif
