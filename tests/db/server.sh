# server.sh: MariaDB servers of the tests' own, to be sourced. They live in $WORK, listen on a socket there and on a free port of
# 127.0.0.1, and die with the shell that started them, if its exit trap calls servers_end.

# server_start NAME [OPTION...]: sets SOCKET, PORT and SERVER_PID and waits until it answers. root needs no password. The data folder
# $WORK/NAME is made when it is not there.
server_start() {
	local name=$1 as=() i
	shift
	[ "$(id -u)" != 0 ] || as=(--user=root)
	SOCKET=$WORK/$name.sock
	# A server that starts clears its temporary folder of every server's tables.
	mkdir -p "$WORK/$name.tmp"
	if [ ! -d "$WORK/empty" ]; then
		mariadb-install-db --no-defaults "${as[@]}" --datadir="$WORK/empty" --auth-root-authentication-method=normal --skip-test-db \
			--skip-name-resolve --innodb-log-file-size=8M --tmpdir="$WORK/$name.tmp" >"$WORK/empty.log" 2>&1 || { cat "$WORK/empty.log" >&2 && return 1; }
	fi
	[ -d "$WORK/$name" ] || cp -a "$WORK/empty" "$WORK/$name"
	for i in 1 2 3 4 5; do
		PORT=$((20000 + RANDOM % 12000))
		(exec 3<>"/dev/tcp/127.0.0.1/$PORT") 2>/dev/null || break
	done
	mariadbd --no-defaults "${as[@]}" --datadir="$WORK/$name" --socket="$SOCKET" --bind-address=127.0.0.1 --port="$PORT" \
		--tmpdir="$WORK/$name.tmp" --skip-name-resolve --character-set-server=utf8mb4 --innodb-buffer-pool-size=64M --innodb-log-file-size=8M \
		--innodb-flush-log-at-trx-commit=0 --pid-file="$WORK/$name.pid" "$@" >>"$WORK/$name.log" 2>&1 &
	SERVER_PID=$!
	SERVERS="${SERVERS:-} $SERVER_PID"
	for i in $(seq 300); do
		! sql "SELECT 1" >/dev/null 2>&1 || return 0
		kill -0 "$SERVER_PID" 2>/dev/null || break
		sleep 0.1
	done
	tail -20 "$WORK/$name.log" >&2
	return 1
}

# sql TEXT [OPTION...]: asks the server that was started last, as root.
sql() {
	local text=$1
	shift
	mariadb --no-defaults -uroot -S "$SOCKET" -N -B "$@" -e "$text"
}

servers_end() {
	local pid
	for pid in ${SERVERS:-}; do
		kill -9 "$pid" 2>/dev/null || true
		wait "$pid" 2>/dev/null || true
	done
}
