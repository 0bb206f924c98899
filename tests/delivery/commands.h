/* commands: gavelctl delivery render and parse, run as programs. */
#ifndef GAVEL_TESTS_DELIVERY_COMMANDS_H
#define GAVEL_TESTS_DELIVERY_COMMANDS_H

#include <check.h>

TCase *command_cases(void);

#endif
