# parts: what scripts/check runs. Each part_NAME is run in a shell of its own, from the top of the tree; its output is its log.

. scripts/quickstart.d/packages.sh
TEST_PACKAGES="check clang llvm valgrind cppcheck shellcheck mandoc nodejs chromium xz-utils git python3 wrk"
# Node from elsewhere than Debian brings its own npm, which Debian's would not stand beside.
command -v npm >/dev/null || TEST_PACKAGES="$TEST_PACKAGES npm"

part_packages() {
	need_packages build/check-log/apt.log $BUILD_PACKAGES $RUN_PACKAGES $APACHE_PACKAGES $LIGHTTPD_PACKAGES $TEST_PACKAGES && npm_packages
}

# tree NAME CONFIGURE-ARGUMENTS...: a build of its own in build/check-NAME, from scratch when its configuration changed.
tree() {
	local at=build/check-$1 want
	shift
	want="$* $(cksum <configure.ac)"
	if [ "$(cat "$at/.want" 2>/dev/null)" != "$want" ]; then
		rm -rf "$at"
		mkdir -p "$at" || return
		[ configure -nt configure.ac ] || ./autogen.sh || return
		(cd "$at" && ../../configure -q --enable-werror "$@") || return
		printf '%s' "$want" >"$at/.want"
	fi
	make -C "$at" -s -j2 $TARGETS
}
TARGETS=

# Builds a tree with its tests and runs them, each test program's output in the log.
tested() {
	local name=$1 code=0
	shift
	make -C "build/check-$name" -s -k -j2 check TESTS= || return
	# Most of them wait most of the time.
	make -C "build/check-$name" -s -k -j4 check "$@" || code=$?
	find "build/check-$name/tests" -name '*.log' -newer "build/check-$name/.want" | sort | xargs -r cat
	return "$code"
}

part_style() {
	local code=0
	tree gcc CFLAGS="-O2 -g" || return
	export GAVEL_BUILD=build/check-gcc
	tests/style/run || code=1
	tests/style/manuals || code=1
	return "$code"
}

part_build() { tree gcc CFLAGS="-O2 -g"; }

export ASAN_OPTIONS=detect_leaks=1:detect_stack_use_after_return=1:strict_string_checks=1
export UBSAN_OPTIONS=print_stacktrace=1
export TSAN_OPTIONS=halt_on_error=1

# Clang's ASan and UBSan see more than gcc's; gcc builds and runs the same tests for valgrind and TSan.
part_unit() { tree asan --enable-asan CC=clang CFLAGS="-O1 -g" && tested asan; }

# Check programs that want a MariaDB, and the migrations.
part_db() { tree asan --enable-asan CC=clang CFLAGS="-O1 -g" && tests/db/run build/check-asan; }

VALGRIND="valgrind -q --error-exitcode=99 --leak-check=full --errors-for-leak-kinds=definite --suppressions=$PWD/tests/valgrind.supp"

# Under valgrind a test is some twenty times slower than its author thought. Two programs of the three mostly wait.
part_valgrind() {
	tree gcc CFLAGS="-O2 -g" &&
		CK_TIMEOUT_MULTIPLIER=20 tested gcc -j3 LOG_COMPILER="$VALGRIND"
}

part_tsan() { tree tsan --enable-tsan CFLAGS="-O1 -g" && CK_TIMEOUT_MULTIPLIER=5 tested tsan; }

# fuzz_one TARGET: its corpus again, then 20 s of what libFuzzer makes of it. What it finds lies in build/check-fuzz/TARGET-*.
fuzz_one() {
	local new
	new=$(mktemp -d "$GAVEL_TEST_DIR/$1-XXXXXX")
	if "build/check-fuzz/tests/fuzz/$1" -max_total_time=20 -timeout=10 -rss_limit_mb=2048 -print_final_stats=0 -verbosity=0 \
		"-artifact_prefix=build/check-fuzz/$1-" "$new" "tests/fuzz/corpus/${1#fuzz_}"; then
		printf '\n%s: 1 passed, 0 failed\n' "${1//[^a-z]/}"
	else
		printf '\n%s: 0 passed, 1 failed\n' "${1//[^a-z]/}"
	fi
}

part_fuzz() {
	local names
	names=$(sed -n 's|^tests_fuzz_\(fuzz_[a-z]*\)_SOURCES.*|\1|p' tests/fuzz/files.mk)
	TARGETS=$(printf 'tests/fuzz/%s ' $names)
	tree fuzz --enable-fuzz CC=clang CFLAGS="-O1 -g" || return
	export -f fuzz_one
	printf '%s\n' $names | xargs -P2 -I{} bash -c 'fuzz_one {}'
}

part_cppcheck() {
	cppcheck --quiet --std=c11 --enable=warning,performance,portability --inline-suppr --error-exitcode=1 -j2 \
		-I. -D_GNU_SOURCE --suppress=missingInclude --suppress=legacyUninitvar --suppress=normalCheckLevelMaxBranches fcgi-app lib
}

part_scripts() {
	shellcheck -x scripts/quickstart scripts/check scripts/fill scripts/grants .ci/run &&
		node scripts/contract.mjs --check
}

# The whole system, from a browser's or a seller's side of the web server. scripts/quickstart builds it.
part_flow_apache() { npm_packages && node --test-reporter=tap tests/flow/run.mjs apache; }

part_flow_lighttpd() { npm_packages && node --test-reporter=tap tests/flow/run.mjs lighttpd; }

# What tests need from npm, as package-lock.json pins it: installed once for all parts, which may run beside each other.
npm_packages() {
	(
		flock 7 || exit
		cmp -s tests/package-lock.json tests/node_modules/.installed && exit
		cd tests && npm ci --no-audit --no-fund --ignore-scripts && cp package-lock.json node_modules/.installed
	) 7>build/.npm-lock
}

# Forms and the operators' pages in a real browser.
part_browser() {
	npm_packages || return
	node --test-reporter=tap tests/browser/run.mjs
}

# Prometheus's tool out of its package, whose server would start on this machine if it were installed.
promtool() {
	[ ! -x build/tools/promtool ] || return 0
	mkdir -p build/tools && (
		cd build/tools || exit
		apt-get download prometheus || { apt-get update && apt-get download prometheus; } || exit
		dpkg-deb --fsys-tarfile prometheus_*.deb | tar -xf - ./usr/bin/promtool && mv usr/bin/promtool . && rm -rf usr prometheus_*.deb
	)
}

# Programs that others use, against the whole system.
part_clients() {
	npm_packages && promtool || return
	node --test-reporter=tap tests/clients/run.mjs
}

# What only many at once, over several processes, can break.
part_load() {
	tree gcc CFLAGS="-O2 -g" && npm_packages || return
	FLOW_WORKERS=4 node --test-reporter=tap tests/load/money.test.mjs
}

# Programs with failpoints, killed at every one of them and at random: nothing is sold twice, nothing is lost.
part_fault() {
	tree fault --enable-failpoints CFLAGS="-O2 -g" && npm_packages || return
	GAVEL_BUILD=$PWD/build/check-fault node --test-reporter=tap tests/fault/run.mjs $([ -z "${CHECK_LONG:-}" ] || echo 1000)
}

part_distcheck() { tree gcc CFLAGS="-O2 -g" && make -C build/check-gcc -s -j2 distcheck DISTCHECK_CONFIGURE_FLAGS=--enable-werror; }
