# commands.sh: gavelctl's keys, secrets and users through the command line, to be sourced by tests/db/run after migrations.sh.

CONFIG='{ "gavel": 1, "sellers": [ { "key": "house", "name": "House", "campaigns": [] } ],
	"buyers": [ { "key": "acme", "name": "Acme", "contracts": [] } ] }'

# exits CODE COMMAND...: in the database `commands`; its output is in $WORK/out and $WORK/err.
exits() {
	local want=$1 code=0
	shift
	ctl commands "$@" >"$WORK/out" 2>"$WORK/err" || code=$?
	[ "$code" = "$want" ] || fails "$*: status $code, not $want: $(cat "$WORK/err")"
}

# prints PATTERN: standard output was one line that matches it whole.
prints() { [ "$(wc -l <"$WORK/out")" = 1 ] && grep -qxE -- "$1" "$WORK/out" || fails "it printed: $(cat "$WORK/out")"; }

prepare() {
	database commands
	exits 0 migrate || return 1
	printf '%s\n' "$CONFIG" >"$WORK/config.json"
	exits 0 apply "$WORK/config.json" && prints 1
}

keys_from_the_command_line() {
	exits 0 key create --seller house --name "first one" && prints 'gvk_live_[0-9A-Za-z]{8}_[0-9A-Za-z]{49}' || return 1
	exits 0 key create --seller=house --sandbox --scopes ping,post && prints 'gvk_test_[0-9A-Za-z]{8}_[0-9A-Za-z]{49}' || return 1
	exits 0 key create --admin && prints 'gvk_live_.*' || return 1
	exits 1 key create --seller nobody && said "$WORK/err" "no such seller: nobody" || return 1
	exits 1 key create --seller house --scopes ping,fly && said "$WORK/err" "no such scope: fly" || return 1
	exits 2 key create && exits 2 key create --admin --seller house || return 1
	exits 0 key list --json || return 1
	[ "$(jq -r '[.[] | .seller // "admin"] | join(" ")' "$WORK/out")" = "house house admin" ] || fails "$(cat "$WORK/out")" || return 1
	[ "$(jq -r '.[1] | "\(.sandbox) \(.scopes | join(","))"' "$WORK/out")" = "true ping,post" ] || fails "$(cat "$WORK/out")" || return 1
	KEY_ID=$(jq -r '.[0].id' "$WORK/out")
	exits 2 key signing-secret "$KEY_ID" --require || return 1
	exits 0 key signing-secret "$KEY_ID" && prints 'whsec_[0-9A-Za-z]{44}' || return 1
	exits 0 key revoke "$KEY_ID" && exits 1 key revoke "$KEY_ID" && exits 1 key signing-secret "$KEY_ID" || return 1
	exits 0 key list --json && [ "$(jq length "$WORK/out")" = 2 ] || fails "the revoked one is listed" || return 1
	exits 0 key list --all --json && [ "$(jq length "$WORK/out")" = 3 ] || fails "the revoked one is not listed"
}

secrets_from_the_command_line() {
	printf 's3cret\n' | exits 0 secret set acme token || return 1
	[ ! -s "$WORK/out" ] || fails "it printed something" || return 1
	printf 'x' | exits 1 secret set nobody token && said "$WORK/err" "no such buyer: nobody" || return 1
	exits 1 secret set acme token </dev/null && said "$WORK/err" "no value" || return 1
	printf 'x' | exits 1 secret set acme 'to ken' && printf 'x' | exits 2 secret set acme || return 1
	printf '\377' | exits 1 secret set acme token && head -c 4097 /dev/zero | tr '\0' x | exits 1 secret set acme token || return 1
	[ "$(sql "SELECT COUNT(*) FROM secret WHERE sealed NOT LIKE '%s3cret%'" commands)" = 1 ] || fails "it is stored in clear, or not once"
}

signing_secrets_from_the_command_line() {
	local first token
	exits 0 postback-secret show acme && prints 'whsec_[0-9A-Za-z]{44}' || return 1
	first=$(cat "$WORK/out")
	exits 0 postback-secret show acme --token && prints 'whsec_[0-9A-Za-z]{44}' || return 1
	token=$(cat "$WORK/out")
	[ "$first" != "$token" ] || fails "the token is the secret" || return 1
	exits 0 postback-secret rotate acme && prints 'whsec_.*' || return 1
	[ "$(cat "$WORK/out")" != "$first" ] || fails "it did not turn" || return 1
	first=$(cat "$WORK/out")
	exits 0 postback-secret show acme && [ "$(cat "$WORK/out")" = "$first" ] || fails "show and rotate disagree" || return 1
	exits 0 postback-secret show acme --token && [ "$(cat "$WORK/out")" = "$token" ] || fails "the token turned too" || return 1
	exits 1 postback-secret show nobody && exits 1 postback-secret rotate nobody || return 1
	exits 0 webhook-secret show house && prints 'whsec_.*' && exits 0 webhook-secret rotate house && prints 'whsec_.*' || return 1
	exits 1 webhook-secret show acme && exits 2 webhook-secret show && exits 2 postback-secret turn acme
}

users_from_the_command_line() {
	echo "correct horse battery" | exits 0 user add ann --role admin || return 1
	[ ! -s "$WORK/out" ] || fails "the password was printed" || return 1
	exits 0 user add bob --generate && prints '[0-9a-f]{30}' || return 1
	echo "correct horse battery" | exits 1 user add ann && said "$WORK/err" "there is a user ann already" || return 1
	echo "short" | exits 1 user add eve && said "$WORK/err" "at least 12" || return 1
	exits 1 user add eve </dev/null && exits 1 user add "e ve" --generate && exits 1 user add eve --role king --generate || return 1
	echo "another horse battery" | exits 0 user passwd ann && exits 0 user passwd bob --generate && prints '[0-9a-f]{30}' || return 1
	exits 1 user passwd eve --generate || return 1
	exits 0 user list --json || return 1
	[ "$(jq -r '[.[] | .name + ":" + .role] | join(" ")' "$WORK/out")" = "ann:admin bob:viewer" ] || fails "$(cat "$WORK/out")" || return 1
	# shellcheck disable=SC2016
	[ "$(sql 'SELECT COUNT(*) FROM user WHERE password_hash LIKE "$y$%"' commands)" = 2 ] || fails "the hashes are not yescrypt's"
}

all_of_it_is_audited() {
	local action
	for action in config.apply key.create key.revoke key.signing_secret secret.set secret.rotate user.add user.passwd; do
		[ "$(sql "SELECT COUNT(*) > 0 FROM audit WHERE action = '$action' AND actor LIKE 'ctl:%'" commands)" = 1 ] || fails "$action is not in the audit" || return 1
	done
	[ "$(sql "SELECT COUNT(*) FROM audit WHERE action = 'key.create'" commands)" = 3 ] || fails "a key that was refused is in the audit"
}

no_master_key() {
	local code=0
	env -i "$BUILD/gavelctl" key create --admin >"$WORK/out" 2>"$WORK/err" || code=$?
	[ "$code" = 1 ] && said "$WORK/err" "there is no master key"
}

# What is wrong is named, the usage stands below it, and help is no error.
wrong_usage_is_named() {
	exits 2 apply "$WORK/config.json" --prun && said "$WORK/err" "apply takes no --prun" && said "$WORK/err" "usage: gavelctl apply FILE" || return 1
	exits 2 export --json && said "$WORK/err" "export takes no --json" || return 1
	exits 2 key list --all=yes && said "$WORK/err" "--all takes no value" || return 1
	exits 2 replay --to 2026-11-28 --from && said "$WORK/err" "--from wants a value" || return 1
	exits 2 key turn && said "$WORK/err" "no such command: key turn" && said "$WORK/err" "gavelctl key revoke ID" || return 1
	exits 2 key && said "$WORK/err" "key wants a second word" || return 1
	exits 2 frob --help && said "$WORK/err" "no such command: frob" || return 1
	[ ! -s "$WORK/out" ] || fails "it printed something" || return 1
	exits 0 key create --help && prints 'usage: gavelctl key create .*' && exits 0 --help && said "$WORK/out" "Exit status: 0 done" || return 1
	exits 0 key --help && [ "$(wc -l <"$WORK/out")" -ge 4 ] || fails "not all of key's are shown" || return 1
	exits 0 key list --config-file /dev/null || return 1
	exits 2 rollback x && said "$WORK/err" "x is no version's number" && exits 2 replay --from now --to 2026-11-28 && said "$WORK/err" "now is no time" || return 1
	exits 2 sale declines --days 0 && said "$WORK/err" "--days is a number from 1 to 3650, not 0" || return 1
	exits 2 return list --status lost && said "$WORK/err" "no return is lost" && exits 2 key create && said "$WORK/err" "--seller KEY" || return 1
	exits 2 sale settle sal_01M8G1QM2AECTRZC6Z8F42JP3Z kept --reason x && said "$WORK/err" "accepted or rejected, not kept" || return 1
	exits 2 sale settle sal_01M8G1QM2AECTRZC6Z8F42JP3Z accepted && said "$WORK/err" "--reason says why" || return 1
	exits 1 sale settle sal_01M8G1QM2AECTRZC6Z8F42JP3Z accepted --reason x && said "$WORK/err" "sal_01M8G1QM2AECTRZC6Z8F42JP3Z: no such sale" || return 1
	echo '{' >"$WORK/broken.json" && exits 1 apply "$WORK/broken.json" && said "$WORK/err" "broken.json: JSON, line 2" || return 1
	# An option's value may look like an option, and what begins with one dash is none.
	exits 1 key create --seller --admin && said "$WORK/err" "no such seller: --admin" && exits 1 key revoke -1
}

# status CODE WORDS PROGRAM OPTION...
status() {
	local want=$1 words=$2 code=0
	shift 2
	"$BUILD/$1" "${@:2}" >"$WORK/out" 2>"$WORK/err" </dev/null || code=$?
	[ "$code" = "$want" ] && grep -qF -- "$words" "$WORK/out" "$WORK/err" || fails "$*: status $code: $(cat "$WORK/out" "$WORK/err")"
}

programs_name_what_is_wrong() {
	status 2 "--workers is a number from 1 to 64, not 0" gavel-api --workers 0 || return 1
	status 2 "--threads is a number from 1 to 1024, not 9x" gavel-admin --threads 9x || return 1
	status 2 "--routes is gavel-api's" gavel-admin --routes api && status 2 "--routes is api, event or sandbox" gavel-api --routes all || return 1
	status 2 "options alone are taken, not now" gavel-api now && status 2 "not now" gavel-jobs now && status 2 "--frob" gavel-jobs --frob || return 1
	status 0 "usage: gavel-api [--routes" gavel-api --help && status 0 "usage: gavel-admin [--socket" gavel-admin --help || return 1
	status 0 "usage: gavel-jobs [--config" gavel-jobs --help && status 0 . gavelctl --version && status 0 . gavel-jobs --version
}

COMMAND_TESTS="prepare keys_from_the_command_line secrets_from_the_command_line signing_secrets_from_the_command_line
	users_from_the_command_line all_of_it_is_audited no_master_key wrong_usage_is_named programs_name_what_is_wrong"
