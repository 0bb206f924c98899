# packages: the Debian packages that building and running need; scripts/check adds its own.

BUILD_PACKAGES="gcc make autoconf automake pkg-config libc6-dev libfcgi-dev libjansson-dev libcurl4-openssl-dev libssl-dev libmariadb-dev
	libxml2-dev libpcre2-dev libidn2-dev libinih-dev libcrypt-dev uthash-dev"
# The servers as bare programs: their -core and -bin packages start nothing of their own on the machine.
RUN_PACKAGES="mariadb-server-core mariadb-client-core openssl curl jq procps util-linux tzdata ca-certificates libjs-chart.js"
APACHE_PACKAGES="apache2-bin"
LIGHTTPD_PACKAGES="lighttpd lighttpd-mod-openssl"

# need_packages LOG NAME...: installs what is missing when we are root, else names it; apt's words go to LOG.
need_packages() {
	local log=$1 name missing=()
	shift
	if ! command -v dpkg-query >/dev/null; then
		printf 'this is not Debian: install the like of these by hand: %s\n' "$*" >&2
		return 1
	fi
	for name; do
		[ "$(dpkg-query -W -f '${db:Status-Status}' "$name" 2>/dev/null)" = installed ] || missing+=("$name")
	done
	[ ${#missing[@]} -gt 0 ] || return 0
	if [ "$(id -u)" != 0 ]; then
		printf 'these Debian packages are missing; install them, or run this as root: %s\n' "${missing[*]}" >&2
		return 1
	fi
	printf 'Installing Debian packages: %s\n' "${missing[*]}"
	apt-get update >"$log" 2>&1 </dev/null &&
		DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "${missing[@]}" >>"$log" 2>&1 </dev/null && return 0
	tail -n 15 "$log" >&2
	return 1
}
