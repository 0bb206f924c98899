# database: a MariaDB of our own: one folder, one unix socket, no network, and what a commit promised is on the disk.

DB_NAME=gavel

# The statements of the very first start, before anybody can connect. The passwords are hexadecimal.
first_statements() {
	cat <<-SQL
	ALTER USER 'root'@'localhost' IDENTIFIED BY '$(secret database-root 24)';
	CREATE DATABASE $DB_NAME CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
	CREATE USER 'gavel_migrate'@'localhost' IDENTIFIED BY '$(secret database-migrate 24)';
	CREATE USER 'gavel_api'@'localhost' IDENTIFIED BY '$(secret database-api 24)';
	CREATE USER 'gavel_jobs'@'localhost' IDENTIFIED BY '$(secret database-jobs 24)';
	CREATE USER 'gavel_admin'@'localhost' IDENTIFIED BY '$(secret database-admin 24)';
	GRANT ALL ON $DB_NAME.* TO 'gavel_migrate'@'localhost';
	SQL
}

# A server that starts clears its temporary folder of every server's tables: each has one of its own.
temporary_folder() {
	mkdir -p -m 700 "$D/db-tmp"
	[ "$ROOT" = 0 ] || chown "$DB_USER" "$D/db-tmp"
}

install_database() {
	local as=()
	temporary_folder
	[ -e "$D/db/.installed" ] && return 0
	rm -rf "$D/db"
	mkdir -m 700 "$D/db"
	[ "$ROOT" = 0 ] || { chown "$DB_USER" "$D/db" && as=("--user=$DB_USER"); }
	mariadb-install-db --no-defaults "${as[@]}" --datadir="$D/db" --auth-root-authentication-method=normal --skip-test-db \
		--skip-name-resolve --tmpdir="$D/db-tmp" >"$D/log/mariadb.log" 2>&1 || fail mariadb "its data folder could not be made"
	(umask 077 && first_statements >"$D/db/first.sql")
	[ "$ROOT" = 0 ] || chown "$DB_USER" "$D/db/first.sql"
}

start_database() {
	local more=()
	DB_ROOT="mariadb --defaults-file=$D/secrets/root.cnf"
	(
		umask 077
		printf '[client]\nuser=root\npassword=%s\nsocket=%s\n' "$(secret database-root 24)" "$S/mariadb.sock" >"$D/secrets/root.cnf"
	)
	[ "$DB_USER" != root ] || more+=(--user=root)
	[ ! -e "$D/db/first.sql" ] || more+=("--init-file=$D/db/first.sql")
	start_part mariadb "$DB_USER" /usr/sbin/mariadbd --no-defaults --datadir="$D/db" --socket="$S/mariadb.sock" \
		--tmpdir="$D/db-tmp" --skip-networking --skip-name-resolve --character-set-server=utf8mb4 --collation-server=utf8mb4_bin \
		--innodb-flush-log-at-trx-commit=1 --innodb-buffer-pool-size=512M --innodb-log-file-size=256M --max-connections=300 \
		"${more[@]}"
	wait_for mariadb 60 root_sql -e "SELECT 1" || fail mariadb "it does not answer"
	rm -f "$D/db/first.sql"
	: >"$D/db/.installed"
}

root_sql() { $DB_ROOT "$@"; }

# Brings the schema to its head and gives each program's user its rights on the tables.
migrate() {
	gavelctl migrate >"$D/log/migrate.log" 2>&1 || fail migrate "the schema could not be brought to its head"
	GAVEL_DB_ROOT=$DB_ROOT "$TOP/scripts/grants" "$DB_NAME" gavel_api gavel_jobs gavel_admin | root_sql ||
		fail migrate "the rights could not be given"
}
