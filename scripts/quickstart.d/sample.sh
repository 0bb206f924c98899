# sample: one ping and one post against the demo, as a seller's program would send them, and what came of them in words.

# call PATH FILE: the answer's body on standard output; its status in STATUS_FILE.
call() {
	curl -s --max-time 40 --cacert "$D/tls/ca.pem" -H "Authorization: Bearer $SELLER_KEY" -H "Content-Type: application/json" \
		-o "$D/log/$(basename "$1").json" -w '%{http_code}' --data-binary "@$2" "$URL$1"
}

sample() {
	local status ping=$D/log/ping.json post=$D/log/post.json
	say
	say "A seller pings with what is safe to tell ($TOP/scripts/sample/ping.json):"
	status=$(call /v1/ping "$TOP/scripts/sample/ping.json") || fail sample "the ping got no answer"
	[ "$status" = 200 ] || fail sample "the ping was answered $status: $(cat "$ping")"
	jq -r '"  \(.status): \(.bids | length) bids, \(.ping_id)",
		(.bids[] | "  \(.rank). \(.price) to the seller, from \(.buyer.name // "a buyer"), \(.sale)")' "$ping"
	[ "$(jq -r .status "$ping")" = matched ] || fail sample "nobody bid: $(cat "$ping")"
	jq --slurpfile ping "$ping" '.ping_id = $ping[0].ping_id' "$TOP/scripts/sample/post.json" >"$D/log/post-request.json"
	say "It posts the whole lead, which goes to the winner:"
	status=$(call /v1/post "$D/log/post-request.json") || fail sample "the post got no answer"
	[ "$status" = 201 ] || fail sample "the post was answered $status: $(cat "$post")"
	jq -r '"  \(.status): payout \(.payout) \(.currency), \(.lead_id)",
		(.sales[] | "  \(.buyer.name // "a buyer"): \(.status) at \(.price)")' "$post"
	[ "$(jq -r .status "$post")" = sold ] || fail sample "the lead was not sold: $(cat "$post")"
}
