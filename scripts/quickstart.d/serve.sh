# serve: the pools of programs, and the web server in front of them, from the site files that a production site uses too.

# gavelctl as the programs' user, so that nothing it makes in the run folder is root's.
gavelctl() {
	local as=()
	[ "$APP_USER" = root ] || [ "$ROOT" = 0 ] || as=(setpriv "--reuid=$APP_USER" "--regid=$WEB_GROUP" --clear-groups)
	"${as[@]}" "$BIN/gavelctl" --config-file "$D/gavel.ini" "$@"
}

start_pools() {
	local part api=$BIN/gavel-api ini=$D/gavel.ini
	start_part api "$APP_USER" "$api" --routes api --socket "$S/api.sock" --workers "$WORKERS" --threads "$THREADS" --config-file "$ini"
	start_part event "$APP_USER" "$api" --routes event --socket "$S/event.sock" --workers 1 --threads 16 --config-file "$ini"
	start_part sandbox "$APP_USER" "$api" --routes sandbox --socket "$S/sandbox.sock" --workers 1 --threads 32 --config-file "$ini"
	start_part admin "$APP_USER" "$BIN/gavel-admin" --socket "$S/admin.sock" --workers 1 --threads 16 --config-file "$ini"
	GAVEL_DATABASE__USER=gavel_jobs GAVEL_DATABASE__PASSWORD_FILE=$D/secrets/database-jobs \
		start_part jobs "$APP_USER" "$BIN/gavel-jobs" --config-file "$ini"
	for part in api event sandbox admin; do
		wait_for "$part" 15 test -S "$S/$part.sock" || fail "$part" "it opens no socket"
	done
	for part in api event sandbox admin jobs; do
		part_pid "$part" >/dev/null || fail "$part" "it ended at once"
	done
}

# Fills the templates of the chosen web server into D/conf.
write_site() {
	local from=$TOP/apache-conf/$FRONT file user_lines=
	[ "$ROOT" = 0 ] || [ "$SHUT" = 1 ] || user_lines="server.username = \"$WEB_USER\""
	rm -f "$D"/conf/*
	for file in "$from"/*.in; do
		case $file in */gavel-fcgid.conf.in) continue ;; esac
		"$TOP/scripts/fill" LISTEN=127.0.0.1 PORT="$PORT" LOOPBACK_PORT="$((PORT + 1))" SERVER_NAME=localhost HSTS_SECONDS=0 \
			CERTIFICATE="$D/tls/cert.pem" CERTIFICATE_KEY="$D/tls/key.pem" CONF_DIR="$D/conf" RUN_DIR="$S" ADMIN_SOCKET="$S/admin.sock" \
			HTDOCS_DIR="$HTDOCS" LOG_DIR="$D/log" WEB_DIR="$D/web" WEB_USER="$WEB_USER" WEB_GROUP="$WEB_GROUP" \
			APACHE_MODULES="$(apache_modules)" LOOPBACK_CONF=gavel-demo.conf WEB_USER_LINES="$user_lines" \
			<"$file" >"$D/conf/$(basename "$file" .in)" || fail web "the site files could not be filled in"
	done
	[ "$FRONT" = lighttpd ] || cp "$from/gavel-mpm.conf" "$D/conf/"
}

apache_modules() { [ ! -d /usr/lib/apache2/modules ] || echo /usr/lib/apache2/modules; }

start_web() {
	write_site
	if [ "$FRONT" = apache ]; then
		local more=()
		[ "$ROOT" = 0 ] || more=(-DGAVEL_ROOT)
		start_part web root /usr/sbin/apache2 -f "$D/conf/demo.conf" -DFOREGROUND -DGAVEL_DEMO "${more[@]}"
	else
		start_part web root /usr/sbin/lighttpd -D -f "$D/conf/demo.conf"
	fi
	wait_for web 20 web_answers || fail web "$FRONT does not listen on port $PORT"
}

web_answers() { curl -sk -o /dev/null --max-time 2 "$URL/v1/health"; }

wait_ready() {
	wait_for api 20 curl -sf --max-time 2 --cacert "$D/tls/ca.pem" -o /dev/null "$URL/v1/ready" && return 0
	curl -s --max-time 2 --cacert "$D/tls/ca.pem" "$URL/v1/ready" >&2
	fail api "/v1/ready does not answer 200"
}
