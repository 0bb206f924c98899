/*
 * commands: gavelctl's commands as rows; each is in the file of its name. The usage is what main holds a command line to: an option that does
 * not stand in it is refused, and one with a word behind it takes a value. Three spaces begin a remark. man/gavelctl.1 has the same lines.
 */
#ifndef GAVEL_CTL_COMMANDS_H
#define GAVEL_CTL_COMMANDS_H

struct ctl;

int ctl_config_apply(struct ctl *c, int argc, char **argv);
int ctl_config_diff(struct ctl *c, int argc, char **argv);
int ctl_config_export(struct ctl *c, int argc, char **argv);
int ctl_config_rollback(struct ctl *c, int argc, char **argv);
int ctl_config_versions(struct ctl *c, int argc, char **argv);
int ctl_delivery_parse(struct ctl *c, int argc, char **argv);
int ctl_delivery_render(struct ctl *c, int argc, char **argv);
int ctl_delivery_test(struct ctl *c, int argc, char **argv);
int ctl_explain(struct ctl *c, int argc, char **argv);
int ctl_funds_deposit(struct ctl *c, int argc, char **argv);
int ctl_funds_show(struct ctl *c, int argc, char **argv);
int ctl_funds_withdraw(struct ctl *c, int argc, char **argv);
int ctl_key_create(struct ctl *c, int argc, char **argv);
int ctl_key_list(struct ctl *c, int argc, char **argv);
int ctl_key_revoke(struct ctl *c, int argc, char **argv);
int ctl_key_signing_secret(struct ctl *c, int argc, char **argv);
int ctl_migrate(struct ctl *c, int argc, char **argv);
int ctl_postback_secret_rotate(struct ctl *c, int argc, char **argv);
int ctl_postback_secret_show(struct ctl *c, int argc, char **argv);
int ctl_replay(struct ctl *c, int argc, char **argv);
int ctl_return_approve(struct ctl *c, int argc, char **argv);
int ctl_return_deny(struct ctl *c, int argc, char **argv);
int ctl_return_list(struct ctl *c, int argc, char **argv);
int ctl_sale_declines(struct ctl *c, int argc, char **argv);
int ctl_sale_settle(struct ctl *c, int argc, char **argv);
int ctl_sale_unknown(struct ctl *c, int argc, char **argv);
int ctl_secret_set(struct ctl *c, int argc, char **argv);
int ctl_user_add(struct ctl *c, int argc, char **argv);
int ctl_user_list(struct ctl *c, int argc, char **argv);
int ctl_user_passwd(struct ctl *c, int argc, char **argv);
int ctl_webhook_enable(struct ctl *c, int argc, char **argv);
int ctl_webhook_endpoints(struct ctl *c, int argc, char **argv);
int ctl_webhook_list(struct ctl *c, int argc, char **argv);
int ctl_webhook_resend(struct ctl *c, int argc, char **argv);
int ctl_webhook_secret_rotate(struct ctl *c, int argc, char **argv);
int ctl_webhook_secret_show(struct ctl *c, int argc, char **argv);
int ctl_webhook_show(struct ctl *c, int argc, char **argv);

#define CTL_COMMANDS \
	{ "apply", NULL, "apply FILE [--prune] [--json]", ctl_config_apply }, \
	{ "delivery", "parse", "delivery parse --config FILE --contract KEY --step ping|post --reply REPLY.json", ctl_delivery_parse }, \
	{ "delivery", "render", "delivery render --config FILE --contract KEY --step ping|post --lead LEAD.json", ctl_delivery_render }, \
	{ "delivery", "test", "delivery test --contract KEY --lead LEAD.json [--step ping|post]", ctl_delivery_test }, \
	{ "diff", NULL, "diff FILE [--prune] [--json]", ctl_config_diff }, \
	{ "explain", NULL, "explain ID [--json]   (of a ping or a lead)", ctl_explain }, \
	{ "export", NULL, "export", ctl_config_export }, \
	{ "funds", "deposit", "funds deposit BUYER AMOUNT [--currency USD] [--note TEXT]", ctl_funds_deposit }, \
	{ "funds", "show", "funds show [BUYER] [--json]", ctl_funds_show }, \
	{ "funds", "withdraw", "funds withdraw BUYER AMOUNT [--currency USD] [--note TEXT]", ctl_funds_withdraw }, \
	{ "key", "create", "key create --seller KEY [--sandbox] | --admin [--scopes LIST] [--name TEXT]", ctl_key_create }, \
	{ "key", "list", "key list [--all] [--json]", ctl_key_list }, \
	{ "key", "revoke", "key revoke ID", ctl_key_revoke }, \
	{ "key", "signing-secret", "key signing-secret ID", ctl_key_signing_secret }, \
	{ "migrate", NULL, "migrate [--status|--dry-run] [--json]", ctl_migrate }, \
	{ "postback-secret", "rotate", "postback-secret rotate BUYER [--token]", ctl_postback_secret_rotate }, \
	{ "postback-secret", "show", "postback-secret show BUYER [--token]", ctl_postback_secret_show }, \
	{ "replay", NULL, "replay --from TIME --to TIME [--config FILE] [--json]   (TIME: 2026-11-27 or 2026-11-27T09:00:00Z)", ctl_replay }, \
	{ "return", "approve", "return approve ID [--reason TEXT]", ctl_return_approve }, \
	{ "return", "deny", "return deny ID [--reason TEXT]", ctl_return_deny }, \
	{ "return", "list", "return list [--status requested|approved|denied|closed] [--json]", ctl_return_list }, \
	{ "rollback", NULL, "rollback N [--json]", ctl_config_rollback }, \
	{ "sale", "declines", "sale declines [--days N] [--json]", ctl_sale_declines }, \
	{ "sale", "settle", "sale settle SALE accepted|rejected --reason TEXT", ctl_sale_settle }, \
	{ "sale", "unknown", "sale unknown [--json]", ctl_sale_unknown }, \
	{ "secret", "set", "secret set BUYER NAME   (the value on standard input)", ctl_secret_set }, \
	{ "user", "add", "user add NAME [--role admin|manager|viewer] [--generate]   (else the password on standard input)", ctl_user_add }, \
	{ "user", "list", "user list [--json]", ctl_user_list }, \
	{ "user", "passwd", "user passwd NAME [--generate]   (else the password on standard input)", ctl_user_passwd }, \
	{ "versions", NULL, "versions [--json]", ctl_config_versions }, \
	{ "webhook", "enable", "webhook enable OWNER   (SELLER, channel:KEY, contract:KEY, alert:operator)", ctl_webhook_enable }, \
	{ "webhook", "endpoints", "webhook endpoints [--json]", ctl_webhook_endpoints }, \
	{ "webhook", "list", "webhook list [--owner OWNER] [--state waiting|delivered|failed] [--lead ID] [--limit N] [--json]", ctl_webhook_list }, \
	{ "webhook", "resend", "webhook resend ID", ctl_webhook_resend }, \
	{ "webhook", "show", "webhook show ID", ctl_webhook_show }, \
	{ "webhook-secret", "rotate", "webhook-secret rotate SELLER|--alerts", ctl_webhook_secret_rotate }, \
	{ "webhook-secret", "show", "webhook-secret show SELLER|--alerts", ctl_webhook_secret_show },

#endif
