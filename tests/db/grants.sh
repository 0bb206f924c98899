# grants.sh: what each program's user may do, as scripts/grants says it, to be sourced by tests/db/run after migrations.sh.

grants() { GAVEL_DB_ROOT="mariadb --no-defaults -uroot -S $SOCKET" "$TOP/scripts/grants" granted g_api g_jobs g_admin; }

# as USER STATEMENT: in the database `granted`.
as() { mariadb --no-defaults -u"$1" -S "$SOCKET" -N -B granted -e "$2" >"$WORK/out" 2>"$WORK/err"; }

allowed() { as "$1" "$2" || fails "$1 may not: $2: $(cat "$WORK/err")"; }

denied() {
	! as "$1" "$2" || fails "$1 may: $2" || return 1
	grep -qE 'command denied|Access denied' "$WORK/err" || fails "$2: $(cat "$WORK/err")"
}

rights_for_every_table() {
	database granted
	ctl granted migrate >/dev/null 2>"$WORK/err" || fails "$(cat "$WORK/err")" || return 1
	sql "CREATE OR REPLACE USER g_api@localhost, g_jobs@localhost, g_admin@localhost"
	grants >"$WORK/grants.sql" 2>"$WORK/err" || fails "$(cat "$WORK/err")" || return 1
	sql "$(cat "$WORK/grants.sql")" || return 1
	sql "CREATE TABLE surprise (id INT)" granted
	! grants >"$WORK/out" 2>"$WORK/err" || fails "a table that nobody spoke of was passed over" || return 1
	said "$WORK/err" "surprise" && [ ! -s "$WORK/out" ] || return 1
	sql "DROP TABLE surprise" granted
}

# Each program's own work, and what would be somebody else's: what is only added to, other programs' secrets, the schema.
rights_are_what_is_needed() {
	local user statement may
	while IFS='|' read -r may user statement; do
		"$may" "$user" "$statement" || return 1
	done <<-'END'
		allowed|g_api|SELECT 1 FROM api_key WHERE 0
		allowed|g_api|UPDATE lead SET state = 1 WHERE 0
		allowed|g_api|INSERT INTO ledger_entry (attempt_id, account_id, event, amount, currency, created_at) VALUES ('', 0, 'sale', 0, 'USD', NOW())
		allowed|g_jobs|UPDATE stat_mark SET turn = 0 WHERE 0
		allowed|g_jobs|SELECT id FROM outbox WHERE 0 FOR UPDATE SKIP LOCKED
		allowed|g_admin|SELECT password_hash FROM user WHERE 0
		allowed|g_admin|UPDATE config_state SET version = 0 WHERE 0
		denied|g_api|SELECT 1 FROM user
		denied|g_api|SELECT 1 FROM session
		denied|g_api|SELECT 1 FROM audit
		denied|g_api|INSERT INTO api_key (id) VALUES ('x')
		denied|g_api|UPDATE config_state SET version = 0
		denied|g_api|INSERT INTO config_version (version) VALUES (9)
		denied|g_api|UPDATE signing_secret SET sealed = ''
		denied|g_api|UPDATE secret SET sealed = ''
		denied|g_api|UPDATE stat_quarter SET revenue = 0
		denied|g_api|DELETE FROM lead
		denied|g_api|DELETE FROM sale
		denied|g_api|DELETE FROM ping
		denied|g_api|UPDATE ledger_entry SET amount = 0
		denied|g_api|DELETE FROM ledger_entry
		denied|g_api|ALTER TABLE ping ADD COLUMN x INT
		denied|g_jobs|SELECT 1 FROM user
		denied|g_jobs|SELECT 1 FROM session
		denied|g_jobs|UPDATE ledger_entry SET amount = 0
		denied|g_jobs|INSERT INTO config_version (version) VALUES (9)
		denied|g_jobs|DELETE FROM lead
		denied|g_jobs|ALTER TABLE lead ADD COLUMN x INT
		denied|g_jobs|DROP TABLE lead
		denied|g_jobs|CREATE TABLE other (id INT)
		denied|g_admin|UPDATE ledger_entry SET amount = 0
		denied|g_admin|DELETE FROM ledger_entry
		denied|g_admin|UPDATE audit SET actor = ''
		denied|g_admin|DELETE FROM audit
		denied|g_admin|UPDATE sale_event SET kind = ''
		denied|g_admin|DELETE FROM sale
		denied|g_admin|UPDATE schema_migration SET version = 0
		denied|g_admin|DROP TABLE audit
	END
}

# The days of the tables that are cut by days are gavel-jobs' own affair.
rights_to_make_partitions() {
	local table
	for table in ping click; do
		allowed g_jobs "ALTER TABLE $table REORGANIZE PARTITION p_rest INTO (PARTITION p20261101 VALUES LESS THAN (x'0001'), PARTITION p_rest VALUES LESS THAN (MAXVALUE))" &&
			allowed g_jobs "ALTER TABLE $table DROP PARTITION p20261101" || return 1
	done
}

# What an older version gave, or somebody by hand, is taken away; a second time there is nothing to take.
rights_beyond_are_taken_away() {
	sql "GRANT ALL ON granted.ledger_entry TO g_api@localhost; GRANT SELECT ON granted.user TO g_jobs@localhost"
	allowed g_api "UPDATE ledger_entry SET amount = 0 WHERE 0" || return 1
	grants >"$WORK/grants.sql" && sql "$(cat "$WORK/grants.sql")" || return 1
	denied g_api "UPDATE ledger_entry SET amount = 0" && denied g_jobs "SELECT 1 FROM user" || return 1
	allowed g_api "INSERT INTO ledger_entry (attempt_id, account_id, event, amount, currency, created_at) VALUES ('', 0, 'return', 0, 'USD', NOW())" || return 1
	grants >"$WORK/grants.sql" && ! grep -q REVOKE "$WORK/grants.sql" || fails "rights are taken away again: $(grep REVOKE "$WORK/grants.sql")"
}

GRANT_TESTS="rights_for_every_table rights_are_what_is_needed rights_to_make_partitions rights_beyond_are_taken_away"
