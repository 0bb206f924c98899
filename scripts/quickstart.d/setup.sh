# setup: what stands before the first process: the build, the folder, its secrets and the settings file.

# Builds in build/ of the checkout, only what changed; two starts at once take turns.
build() {
	[ -z "${GAVEL_BUILD:-}" ] || return 0
	mkdir -p "$TOP/build"
	(
		flock 8 && cd "$TOP/build" || exit
		[ ../configure -nt ../configure.ac ] || ../autogen.sh || exit
		[ -e Makefile ] || ../configure -q CFLAGS="-O2 -g" || exit
		exec make -s -j"$(nproc)"
	) 8>"$TOP/build/.lock" >"$D/log/build.log" 2>&1 </dev/null || fail build "the build failed"
}

# choose_users: who runs what when we are root. Below a folder that only root may enter (SHUT), the programs have to stay root's, and what
# the web server hands out is copied to where it can read.
choose_users() {
	DB_USER=root APP_USER=root WEB_USER=www-data WEB_GROUP=www-data SHUT=0
	[ "$ROOT" = 1 ] || return 0
	if setpriv --reuid=daemon --regid=www-data --clear-groups test -x "$D" -a -r "$TOP/htdocs" -a -x "$BIN/gavelctl"; then
		APP_USER=daemon DB_USER=daemon
		! getent passwd mysql >/dev/null || DB_USER=mysql
	else
		SHUT=1
	fi
}

# Sockets lie in D/run, or, when D's name is too long for an address of 107 bytes or closed to the web server, under /tmp.
choose_sockets() {
	if [ ${#D} -le 80 ] && [ "$SHUT" = 0 ]; then
		S=$D/run
	else
		S=$(mktemp -d /tmp/gavel-XXXXXX)
	fi
	printf '%s\n' "$S" >"$D/sockets"
	HTDOCS=$TOP/htdocs
	[ "$SHUT" = 0 ] || { cp -R "$HTDOCS" "$S/htdocs" && HTDOCS=$S/htdocs && chmod -R a+rX "$S/htdocs"; }
}

random_hex() { od -An -v -tx1 -N"$1" /dev/urandom | tr -d ' \n'; }

# secret NAME BYTES: D/secrets/NAME, made once, readable for its user alone.
secret() {
	local file=$D/secrets/$1
	[ -s "$file" ] || (umask 077 && random_hex "$2" >"$file")
	[ "$ROOT" = 0 ] || chown "$APP_USER" "$file"
	cat "$file"
}

make_folders() {
	mkdir -p "$D"/{run,log,secrets,tls,web,conf}
}

own_folders() {
	[ "$ROOT" = 1 ] || return 0
	[ "$SHUT" = 1 ] || chmod 755 "$D"
	chown "$APP_USER:$WEB_GROUP" "$D/run" "$S"
	chmod 770 "$D/run" "$S"
	chown "$WEB_USER" "$D/web"
	chmod 711 "$D/secrets"
	[ -e "$D/log/error.log" ] || : >"$D/log/error.log"
	[ -e "$D/log/access.log" ] || : >"$D/log/access.log"
	chown "$WEB_USER" "$D/log/error.log" "$D/log/access.log"
}

# A certificate for localhost, signed by an authority of its own whose key is thrown away.
make_certificate() {
	local t=$D/tls
	[ -s "$t/cert.pem" ] && openssl x509 -in "$t/cert.pem" -checkend 86400 -noout >/dev/null 2>&1 && return 0
	printf 'subjectAltName=DNS:localhost,IP:127.0.0.1\nbasicConstraints=CA:FALSE\nextendedKeyUsage=serverAuth\n' >"$t/extensions"
	(
		umask 077
		key=(-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes)
		openssl req -x509 "${key[@]}" -days 825 -subj "/CN=Gavel demo authority" -addext keyUsage=critical,keyCertSign \
			-keyout "$t/ca.key" -out "$t/ca.pem" &&
			openssl req "${key[@]}" -subj "/CN=localhost" -keyout "$t/key.pem" -out "$t/request.pem" &&
			openssl x509 -req -in "$t/request.pem" -CA "$t/ca.pem" -CAkey "$t/ca.key" -CAcreateserial -days 820 \
				-extfile "$t/extensions" -out "$t/cert.pem"
	) >"$D/log/certificate.log" 2>&1 || fail certificate "openssl made no certificate"
	rm -f "$t/ca.key" "$t/ca.srl" "$t/request.pem" "$t/extensions"
	chmod 644 "$t/ca.pem" "$t/cert.pem"
	[ "$ROOT" = 0 ] || chown "$WEB_USER" "$t/key.pem"
}

# The settings of every program. What a demo may do and a production site may not: call buyers on loopback and over plain http.
write_settings() {
	secret master.key 32 >/dev/null
	(
		umask 077
		cat >"$D/gavel.ini" <<-INI
		[database]
		socket = $S/mariadb.sock
		name = $DB_NAME
		user = gavel_api
		password_file = $D/secrets/database-api

		[database.admin]
		user = gavel_admin
		password_file = $D/secrets/database-admin

		[database.migrate]
		user = gavel_migrate
		password_file = $D/secrets/database-migrate

		[paths]
		run = $S
		migrations = $TOP/migrations
		templates = $TOP/templates
		htdocs = $TOP/htdocs

		[keys]
		master_key_file = $D/secrets/master.key

		[web]
		public_url = $URL
		sandbox_url = $HTTP_URL

		[net]
		allow_networks = 127.0.0.0/8

		[api]
		workers = $WORKERS
		threads = $THREADS
		INI
	)
	[ "$ROOT" = 0 ] || chown "$APP_USER" "$D/gavel.ini"
}
