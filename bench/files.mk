# By hand: make bench/bench_net. What they measured stands in docs/performance.md.
EXTRA_PROGRAMS += bench/bench_net
bench_bench_net_SOURCES = bench/net.c
bench_bench_net_LDADD = lib/libnet.a lib/libbase.a $(CURL_LIBS) $(PCRE2_LIBS) $(IDN2_LIBS) -lm
EXTRA_PROGRAMS += bench/bench_auction
bench_bench_auction_SOURCES = bench/auction.c
bench_bench_auction_LDADD = $(GAVEL_LIBS) $(GAVEL_SYS)
