/*
 * commands: gavelctl's commands as rows; each is in the file of its name.
 */
#ifndef GAVEL_CTL_COMMANDS_H
#define GAVEL_CTL_COMMANDS_H

struct ctl;

/* int ctl_NAME(struct ctl *c, int argc, char **argv): one line for each command, sorted */
int ctl_config_apply(struct ctl *c, int argc, char **argv);
int ctl_config_diff(struct ctl *c, int argc, char **argv);
int ctl_config_export(struct ctl *c, int argc, char **argv);
int ctl_config_rollback(struct ctl *c, int argc, char **argv);
int ctl_config_versions(struct ctl *c, int argc, char **argv);
int ctl_delivery_parse(struct ctl *c, int argc, char **argv);
int ctl_delivery_render(struct ctl *c, int argc, char **argv);
int ctl_migrate(struct ctl *c, int argc, char **argv);

int ctl_key_create(struct ctl *c, int argc, char **argv);
int ctl_key_list(struct ctl *c, int argc, char **argv);
int ctl_key_revoke(struct ctl *c, int argc, char **argv);
int ctl_key_signing_secret(struct ctl *c, int argc, char **argv);

#define CTL_COMMANDS \
	{ "key", "create", "key create --seller KEY [--sandbox] [--scopes LIST] [--name TEXT] | --admin", ctl_key_create }, \
	{ "key", "list", "key list [--all] [--json]", ctl_key_list }, \
	{ "key", "revoke", "key revoke ID", ctl_key_revoke }, \
	{ "key", "signing-secret", "key signing-secret ID [--require]", ctl_key_signing_secret }, \
	{ "apply", NULL, "apply FILE [--prune] [--json]", ctl_config_apply }, \
	{ "delivery", "parse", "delivery parse --config FILE --contract KEY --step ping|post --reply REPLY.json", ctl_delivery_parse }, \
	{ "delivery", "render", "delivery render --config FILE --contract KEY --step ping|post --lead LEAD.json", ctl_delivery_render }, \
	{ "diff", NULL, "diff FILE [--prune] [--json]", ctl_config_diff }, \
	{ "export", NULL, "export", ctl_config_export }, \
	{ "migrate", NULL, "migrate [--status|--dry-run] [--json]", ctl_migrate }, \
	{ "rollback", NULL, "rollback N [--json]", ctl_config_rollback }, \
	{ "versions", NULL, "versions [--json]", ctl_config_versions },

#endif
