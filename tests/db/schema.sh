# schema.sh: migrations by gavelctl, to be sourced after server.sh. $BUILD is where gavelctl was built.

# ctl DATABASE ARGUMENT...: gavelctl as root of the server that was started last. MIGRATIONS may name another folder; with EXEC=exec in the
# background its process is $!.
ctl() {
	local database=$1
	shift
	${EXEC:-} env -i PATH="$PATH" GAVEL_DATABASE__SOCKET="$SOCKET" GAVEL_DATABASE__NAME="$database" GAVEL_DATABASE__USER=root \
		GAVEL_PATHS__MIGRATIONS="${MIGRATIONS:-$TOP/migrations}" \
		GAVEL_KEYS__MASTER_KEY=000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f "$BUILD/gavelctl" "$@"
}

# database NAME: a new, empty one.
database() { sql "CREATE OR REPLACE DATABASE $1 CHARACTER SET utf8mb4 COLLATE utf8mb4_bin"; }

# schema DATABASE: its tables, sorted, without what their rows have left in them.
schema() {
	local questions
	echo "-- The schema that the migrations lead to; tests/db/run --write makes this file, tests/db/run holds it to them."
	questions=$(sql "SHOW TABLES" "$1" | LC_ALL=C sort | sed 's/.*/SHOW CREATE TABLE `&`;/')
	sql "$questions" -r "$1" | awk '
		/^[a-z_]+\tCREATE TABLE / { if (body) print body ";"; body = ""; print ""; sub(/^[^\t]*\t/, "") }
		{ sub(/ AUTO_INCREMENT=[0-9]+/, ""); body = body (body ? "\n" : "") $0 }
		END { if (body) print body ";" }'
}
