# run: how check runs its parts, counts what it says and ends what it leaves.

# The most that a part may take, in seconds. All of them together are to stay within 20 minutes on two cores.
LIMIT=${CHECK_LIMIT:-900}

# run_turn PART...: these parts, beside each other.
run_turn() {
	local part
	for part; do
		begin_part "$part"
	done
	for part; do
		end_part "$part"
	done
	stop_systems
}

# What still runs when check itself is ended.
end_all() {
	local pid
	for pid in "${RUNNING[@]}"; do
		pkill -KILL -s "$pid"
	done
}

begin_part() {
	SINCE[$1]=$SECONDS
	setsid timeout --kill-after=10 "$LIMIT" bash -c '. "$1/scripts/check.d/parts.sh" && cd "$1" && set -o pipefail && part_$2' \
		check "$TOP" "${1//-/_}" >"$LOGS/$1.log" 2>&1 </dev/null &
	RUNNING[$1]=$!
}

end_part() {
	local part=$1 log=$LOGS/$1.log code=0 passed failed
	printf '%-14s ' "$part"
	wait "${RUNNING[$part]}" || code=$?
	pkill -KILL -s "${RUNNING[$part]}"
	unset "RUNNING[$part]"
	read -r passed failed < <(count "$log")
	if [ "$code" = 124 ]; then
		printf 'check: %s took more than %d s and was ended\n' "$part" "$LIMIT" >>"$log"
	fi
	# The runners' own counts decide; where there are none, the exit status is the test.
	[ "$code" = 0 ] || [ "$failed" != 0 ] || failed=1
	[ "$passed$failed" != 00 ] || passed=1
	PASSED=$((PASSED + passed))
	FAILED=$((FAILED + failed))
	printf '%5d ok %4d failed %5d s\n' "$passed" "$failed" "$((SECONDS - SINCE[$part]))"
	[ "$failed" = 0 ] || report "$log"
}

# What failed, as the log has it: the lines that name a fault, then its end.
report() {
	{
		grep -nE '^not ok|:[EF]:|(error|warning):|^==[0-9]+==ERROR|runtime error|FAIL' "$1" | head -n 40
		printf -- '--- the end of %s\n' "$1"
		tail -n 30 "$1"
	} | cut -c1-300 | sed 's/^/    | /'
}

# count LOG: passed and failed, summed over every runner that closes with figures: Check, TAP (node:test), and our own "N passed, N failed".
# A test that was skipped, cancelled or is still to do has not passed.
count() {
	awk '
	/^[0-9]+%: Checks: [0-9]+, Failures: [0-9]+, Errors: [0-9]+/ {
		bad = $5 + $7; gsub(/[^0-9]/, "", $3); passed += $3 - bad; failed += bad
	}
	/^# pass [0-9]+$/ { passed += $3 }
	/^# (fail|cancelled|skipped|todo) [0-9]+$/ { failed += $3 }
	/^([a-z]+: )?[0-9]+ passed, [0-9]+ failed$/ { passed += $(NF - 3); failed += $(NF - 1) }
	END { print passed + 0, failed + 0 }' "$1"
}

# Whole systems that a test started and did not stop.
stop_systems() {
	local env
	for env in "$TMP"/*/run "$TMP"/*/*/run; do
		[ ! -d "$env" ] || "$TOP/scripts/quickstart" stop --dir "${env%/run}" >/dev/null 2>&1
	done
}
