# parts: what every step of quickstart uses: messages, the parts that run and how each is started, watched and stopped.
#
# A part is a process that quickstart started in a session of its own. D/run/PART.pid holds its process id, its start time and its
# program, so that a number that the system gave to somebody else later is never signalled.

PARTS="mariadb api event sandbox admin jobs web"

say() { printf '%s\n' "$*"; }

# die MESSAGE: ends quickstart; start's trap then ends whatever runs already.
die() {
	printf 'quickstart: %s\n' "$*" >&2
	exit 1
}

# fail PART MESSAGE: which part failed and what it last said.
fail() {
	local part=$1 log
	shift
	printf 'quickstart: %s: %s\n' "$part" "$*" >&2
	for log in "$D/log/$part.log" "$D/log/error.log"; do
		[ -s "$log" ] || continue
		printf -- '--- the end of %s\n' "$log" >&2
		tail -n 15 "$log" >&2
		[ "$part" = web ] || break
	done
	exit 1
}

# wait_for PART SECONDS COMMAND...: until it succeeds; in vain when the part has ended.
wait_for() {
	local part=$1 until=$((SECONDS + $2))
	shift 2
	until "$@" >/dev/null 2>&1; do
		part_pid "$part" >/dev/null && [ "$SECONDS" -lt "$until" ] || return 1
		sleep 0.1
	done
}

# The kernel's start time of a process that lives (field 22 of its stat line, counted behind the name, which may hold spaces). One that
# has ended may stay in the table as Z until its parent looks.
start_time() {
	local stat
	stat=$(cat "/proc/$1/stat" 2>/dev/null) || return 1
	# shellcheck disable=SC2086
	set -- ${stat##*)}
	[ "$1" != Z ] && printf '%s\n' "${20}"
}

# The process id of a part that runs; fails when it does not.
part_pid() {
	local pid started
	[ -e "$D/run/$1.pid" ] && read -r pid started _ <"$D/run/$1.pid" || return 1
	[ "$(start_time "$pid")" = "$started" ] && printf '%s\n' "$pid"
}

# start_part PART USER COMMAND...: as that user when we are root (the web server changes by itself), its output in D/log/PART.log. The
# sockets it makes belong to the web server's group. fd 9 is quickstart's own lock.
start_part() {
	local part=$1 user=$2 as=() pid
	shift 2
	if [ "$ROOT" = 1 ] && [ "$part" != web ]; then
		as=(setpriv "--reuid=$user" "--regid=$WEB_GROUP" --clear-groups --no-new-privs)
	fi
	(
		umask 0007
		exec 9>&-
		cd /
		exec setsid ${as[@]+"${as[@]}"} "$@" >>"$D/log/$part.log" 2>&1 </dev/null
	) &
	pid=$!
	disown "$pid"
	printf '%s %s %s\n' "$pid" "$(start_time "$pid")" "$1" >"$D/run/$part.pid"
}

# Whoever is left of a part's session and runs its program: a supervisor that was killed leaves its workers behind.
part_rest() {
	local pid program each exe
	read -r pid _ program <"$D/run/$1.pid"
	for each in $(pgrep -s "$pid"); do
		exe=$(readlink "/proc/$each/exe") || continue
		[ "${exe% (deleted)}" = "$program" ] && printf '%s\n' "$each"
	done
	return 0
}

# stop_parts SECONDS PART...: asks all of them at once, waits, and kills what has not ended then. Adds to `ended`.
stop_parts() {
	local until=$((SECONDS + $1)) part pid
	shift
	for part; do
		pid=$(part_pid "$part") && kill -TERM "$pid" 2>/dev/null
	done
	for part; do
		[ -e "$D/run/$part.pid" ] || continue
		while part_pid "$part" >/dev/null && [ "$SECONDS" -lt "$until" ]; do
			sleep 0.05
		done
		part_pid "$part" >/dev/null && printf 'quickstart: %s did not end in time and is killed\n' "$part" >&2
		for pid in $(part_rest "$part"); do
			kill -KILL "$pid" 2>/dev/null || true
		done
		read -r pid _ <"$D/run/$part.pid"
		ended+=("$pid")
		rm -f "$D/run/$part.pid"
	done
}

stop_all() {
	local pid until ended=()
	stop_parts 10 web
	stop_parts 35 api event sandbox admin jobs
	stop_parts 30 mariadb
	# Until the system has let go of them; not for long, since that is for whoever adopted them to do.
	until=$((SECONDS + 2))
	for pid in ${ended[@]+"${ended[@]}"}; do
		while pgrep -s "$pid" >/dev/null && [ "$SECONDS" -lt "$until" ]; do
			sleep 0.02
		done
	done
	[ -n "${S:-}" ] && [ -d "$S" ] && rm -f "$S"/*.sock "$S/shared"
	case "${S:-}" in /tmp/gavel-??????) rm -rf "$S" ;; esac
	rm -f "$D/sockets"
}
