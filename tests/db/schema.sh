# schema.sh: migrations by gavelctl, to be sourced after server.sh. $BUILD is where gavelctl was built.

# ctl DATABASE ARGUMENT...: gavelctl as root of the server that was started last. MIGRATIONS may name another folder.
ctl() {
	local database=$1
	shift
	env -i PATH="$PATH" GAVEL_DATABASE__SOCKET="$SOCKET" GAVEL_DATABASE__NAME="$database" GAVEL_DATABASE__USER=root \
		GAVEL_PATHS__MIGRATIONS="${MIGRATIONS:-$TOP/migrations}" \
		GAVEL_KEYS__MASTER_KEY=000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f "$BUILD/gavelctl" "$@"
}

# database NAME: a new, empty one.
database() { sql "CREATE OR REPLACE DATABASE $1 CHARACTER SET utf8mb4 COLLATE utf8mb4_bin"; }

# schema DATABASE: its tables, sorted, without what their rows have left in them.
schema() {
	local table
	echo "-- The schema that the migrations lead to; tests/db/run --write makes this file, tests/db/run holds it to them."
	sql "SHOW TABLES" "$1" | LC_ALL=C sort | while read -r table; do
		printf '\n'
		sql "SHOW CREATE TABLE \`$table\`" -r "$1" | sed '1s/^[^\t]*\t//; s/ AUTO_INCREMENT=[0-9]*//; $s/$/;/'
	done
}
