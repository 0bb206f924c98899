# migrations.sh: the migrations themselves, to be sourced by tests/db/run. Each test is a function that says why it fails and returns 1.

HEAD_SCHEMA=$TOP/migrations/schema.sql

fails() { printf '# %s\n' "$*" && return 1; }

# said FILE TEXT: FILE has TEXT in it.
said() { grep -qF -- "$2" "$1" || { fails "\"$2\" was not said:" && sed 's/^/#   /' "$1" && return 1; }; }

at_head() {
	schema "$1" >"$WORK/schema.sql"
	diff -u "$HEAD_SCHEMA" "$WORK/schema.sql" >"$WORK/diff" || { fails "the schema of $1 is not migrations/schema.sql" && head -40 "$WORK/diff" && return 1; }
}

# Where a table's rows are a part of the schema.
rows_at_head() { [ "$(sql "SELECT id, version, changes, epoch FROM config_state" "$1")" = "$(printf '1\t0\t0\t0')" ] || fails "config_state has not its one row"; }

from_empty_to_head() {
	local head
	head=$(basename "$(find "$TOP/migrations" -name '[0-9]*.sql' | LC_ALL=C sort | tail -1)")
	database fresh
	ctl fresh migrate >"$WORK/out" 2>"$WORK/err" || { sed 's/^/# /' "$WORK/err" && return 1; }
	[ "$(cat "$WORK/out")" = "$((10#${head%%_*}))" ] || fails "standard output is not the number of $head alone: $(cat "$WORK/out")" || return 1
	at_head fresh && rows_at_head fresh
}

again_changes_nothing() {
	local before
	before=$(sql "SELECT * FROM schema_migration" fresh)
	ctl fresh migrate >"$WORK/out" 2>"$WORK/err" || return 1
	said "$WORK/err" "nothing to do" || return 1
	[ "$(sql "SELECT * FROM schema_migration" fresh)" = "$before" ] || fails "schema_migration was changed" || return 1
	at_head fresh && rows_at_head fresh
}

status_and_dry_run() {
	database virgin
	ctl virgin migrate --dry-run >"$WORK/out" || return 1
	[ "$(cat "$WORK/out")" = "$(cd "$TOP/migrations" && ls [0-9]*.sql)" ] || fails "--dry-run does not list every file" || return 1
	ctl virgin migrate --status >"$WORK/out" || return 1
	[ "$(grep -c ' pending ' "$WORK/out")" = "$(wc -l <"$WORK/out")" ] || fails "not everything is pending" || return 1
	[ -z "$(sql "SHOW TABLES" virgin)" ] || fails "a table was made" || return 1
	ctl fresh migrate --status --json >"$WORK/out" || return 1
	[ "$(jq -r '[.[].state] | unique | join(",")' "$WORK/out")" = applied ] || fails "not everything is applied" || return 1
	[ -z "$(ctl fresh migrate --dry-run)" ] || fails "something is pending"
}

# refused FOLDER TEXT: migrate with that folder's files ends 1 and says TEXT, and the schema stays.
refused() {
	local code=0
	MIGRATIONS=$1 ctl fresh migrate >"$WORK/out" 2>"$WORK/err" || code=$?
	[ "$code" = 1 ] || fails "status $code, not 1" || return 1
	[ ! -s "$WORK/out" ] || fails "something was printed: $(cat "$WORK/out")" || return 1
	said "$WORK/err" "$2" && at_head fresh
}

copy_migrations() {
	rm -rf "$WORK/copy"
	mkdir "$WORK/copy"
	cp "$TOP"/migrations/[0-9]*.sql "$WORK/copy"
}

changed_file_is_refused() {
	copy_migrations
	echo "-- another word" >>"$WORK/copy/0003_secret.sql"
	refused "$WORK/copy" "0003_secret.sql was changed after it was applied"
}

late_file_is_refused() {
	copy_migrations
	echo "CREATE TABLE late (x INT);" >"$WORK/copy/0009_late.sql"
	refused "$WORK/copy" "0009_late.sql comes before one that is applied already"
}

missing_file_is_refused() {
	copy_migrations
	rm "$WORK/copy/0003_secret.sql"
	refused "$WORK/copy" "0003_secret.sql is applied but there is no such file"
}

same_number_is_refused() {
	copy_migrations
	cp "$WORK/copy/0003_secret.sql" "$WORK/copy/0003_more.sql"
	refused "$WORK/copy" "0003_more.sql and 0003_secret.sql have the same number"
}

odd_names_are_refused() {
	copy_migrations
	echo "SELECT 1;" >"$WORK/copy/17_short.sql"
	refused "$WORK/copy" "17_short.sql: a migration is called NNNN_name.sql" || return 1
	mkdir -p "$WORK/none"
	refused "$WORK/none" "there are no migrations" && refused "$WORK/nowhere" "No such file or directory"
}

failing_file_is_taken_up_again() {
	copy_migrations
	printf 'CREATE TABLE IF NOT EXISTS half (x INT);\nCREATE TABLE whole (x NONSENSE);\n' >"$WORK/copy/9998_half.sql"
	echo "CREATE TABLE IF NOT EXISTS never (x INT);" >"$WORK/copy/9999_never.sql"
	database half
	! MIGRATIONS=$WORK/copy ctl half migrate >"$WORK/out" 2>"$WORK/err" || fails "it was taken" || return 1
	said "$WORK/err" "9998_half.sql: MariaDB" && said "$WORK/err" "nothing behind it was tried" || return 1
	[ -z "$(sql "SHOW TABLES LIKE 'never'" half)" ] || fails "the one behind it ran" || return 1
	MIGRATIONS=$WORK/copy ctl half migrate --status | grep -q '^9998_half.sql *interrupted' || fails "it is not called interrupted" || return 1
	printf 'CREATE TABLE IF NOT EXISTS half (x INT);\nCREATE TABLE IF NOT EXISTS whole (x INT);\n' >"$WORK/copy/9998_half.sql"
	[ "$(MIGRATIONS=$WORK/copy ctl half migrate 2>"$WORK/err")" = 9999 ] || fails "corrected, it was not taken up again" || return 1
	[ "$(sql "SHOW TABLES" half | grep -c 'half\|whole\|never')" = 3 ] || fails "not all three tables are there"
}

# In the first chain each file is killed before its first statement, in the next behind its first, and so on: what was begun is run again.
killed_at_every_statement() {
	local files file done=0 any=1 behind
	files=$(find "$TOP/migrations" -name '[0-9]*.sql' | LC_ALL=C sort)
	while [ "$any" = 1 ]; do
		any=0 behind=0
		database killed
		rm -rf "$WORK/copy"
		mkdir "$WORK/copy"
		for file in $files; do
			cp "$file" "$WORK/copy"
			[ "$done" -le "$(grep -c ';$' "$file")" ] || { behind=1 && continue; }
			any=1
			rm "$WORK/copy/${file##*/}"
			[ "$behind" = 0 ] || MIGRATIONS=$WORK/copy ctl killed migrate >/dev/null 2>"$WORK/err" || break 2
			behind=0
			cp "$file" "$WORK/copy"
			sql "$(begun_sql "$file"); $(awk -v n="$done" '{ if (n > 0) print } /;$/ { n-- }' "$file")" killed 2>"$WORK/err" || break 2
			MIGRATIONS=$WORK/copy ctl killed migrate >/dev/null 2>"$WORK/err" || break 2
		done
		ctl killed migrate >/dev/null 2>"$WORK/err" && at_head killed && rows_at_head killed || break
		done=$((done + 1))
	done
	[ "$any" = 0 ] || fails "killed after $done statements of ${file##*/}: $(cat "$WORK/err")"
}

# What gavelctl had recorded when it was killed.
begun_sql() {
	local name=${1##*/}
	printf "CREATE TABLE IF NOT EXISTS schema_migration (version INT UNSIGNED NOT NULL, name VARCHAR(255) NOT NULL, sha256 BINARY(32) NOT NULL,
		started_at DATETIME(6) NOT NULL, ended_at DATETIME(6) NULL, PRIMARY KEY (version)) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4
		COLLATE=utf8mb4_bin;
		INSERT INTO schema_migration VALUES (%d, '%s', x'%s', NOW(6), NULL)" "$((10#${name%%_*}))" "$name" "$(sha256sum "$1" | cut -d' ' -f1)"
}

# A real kill -9, in the middle of a statement: the next run waits until the dead one's session has let go of the lock.
killed_for_real() {
	local pid
	copy_migrations
	printf 'CREATE TABLE IF NOT EXISTS one (x INT);\nDO SLEEP(1.5);\nCREATE TABLE IF NOT EXISTS two (x INT);\n' >"$WORK/copy/9998_slow.sql"
	database slain
	EXEC=exec MIGRATIONS=$WORK/copy ctl slain migrate >/dev/null 2>&1 &
	pid=$!
	for _ in $(seq 100); do
		[ -z "$(sql "SHOW TABLES LIKE 'one'" slain)" ] || break
		sleep 0.1
	done
	kill -9 "$pid"
	wait "$pid" 2>/dev/null
	[ -z "$(sql "SHOW TABLES LIKE 'two'" slain)" ] || fails "it was not killed in time" || return 1
	[ "$(MIGRATIONS=$WORK/copy ctl slain migrate 2>"$WORK/err")" = 9998 ] || fails "$(cat "$WORK/err")" || return 1
	[ "$(sql "SELECT COUNT(*) FROM schema_migration WHERE ended_at IS NULL" slain)" = 0 ] || fails "something has not ended" || return 1
	[ -n "$(sql "SHOW TABLES LIKE 'two'" slain)" ] || fails "the rest of it did not run"
}

# Four at once: each ends well, and every file ran once.
four_at_once() {
	local i pids=()
	database four
	for i in 1 2 3 4; do
		ctl four migrate >"$WORK/four.$i" 2>"$WORK/four.$i.err" &
		pids+=($!)
	done
	for i in 1 2 3 4; do
		wait "${pids[i - 1]}" || fails "$(cat "$WORK/four.$i.err")" || return 1
		cmp -s "$WORK/four.1" "$WORK/four.$i" || fails "they print different versions" || return 1
	done
	[ "$(cat "$WORK"/four.*.err | grep -c ' applied$')" = "$(find "$TOP/migrations" -name '[0-9]*.sql' | wc -l)" ] || fails "a file ran twice" || return 1
	at_head four
}

wrong_usage() {
	local code=0
	ctl fresh migrate --status --dry-run 2>"$WORK/err" || code=$?
	[ "$code" = 2 ] && said "$WORK/err" "usage: gavelctl migrate" || fails "status $code" || return 1
	code=0
	ctl fresh migrate now 2>"$WORK/err" || code=$?
	[ "$code" = 2 ] || fails "status $code"
}

# What was rolled up before there was a third grain has it afterwards, and a second run adds nothing.
rollups_get_their_third_grain() {
	local counts="$(printf "1, %.0s" $(seq 23))1"
	database grains
	copy_migrations
	rm "$WORK"/copy/002[2-9]_* "$WORK"/copy/00[3-9]*_* 2>/dev/null
	MIGRATIONS=$WORK/copy ctl grains migrate >/dev/null 2>"$WORK/err" || { sed 's/^/# /' "$WORK/err" && return 1; }
	sql "INSERT INTO stat_quarter SELECT 0, 96, '2026-11-20', 3, 2, seq, 1, seq % 3, 'USD', '', '', $counts FROM seq_1_to_6;
		INSERT INTO stat_reason SELECT 0, 96, '2026-11-20', 3, 2, seq, 1, seq % 3, 'USD', '', '', 401, 5, 2 FROM seq_1_to_6" grains || return 1
	for _ in 1 2; do
		ctl grains migrate >/dev/null 2>"$WORK/err" || { sed 's/^/# /' "$WORK/err" && return 1; }
		[ "$(sql "SELECT grain, COUNT(*), SUM(pings), SUM(click_cost) FROM stat_quarter GROUP BY grain" grains)" = "$(printf '0\t6\t6\t6\n2\t1\t6\t6')" ] ||
			fails "the sums are other ones" || return 1
		[ "$(sql "SELECT seller_id, channel_id, reason, pings, sales FROM stat_reason WHERE grain = 2" grains)" = "$(printf '0\t0\t401\t30\t12')" ] ||
			fails "the codes are other ones" || return 1
	done
	at_head grains
}

MIGRATION_TESTS="from_empty_to_head again_changes_nothing status_and_dry_run changed_file_is_refused late_file_is_refused
	missing_file_is_refused same_number_is_refused odd_names_are_refused failing_file_is_taken_up_again killed_at_every_statement
	killed_for_real four_at_once rollups_get_their_third_grain wrong_usage"
