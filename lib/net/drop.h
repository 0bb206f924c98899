/*
 * drop: lines of files in the drop folder, for buyers who fetch them. Any number of processes may append: each line is written whole,
 * under the file's lock, and on the disk before it counts.
 */
#ifndef GAVEL_NET_DROP_H
#define GAVEL_NET_DROP_H

#include "lib/net/net.h"

/* reply comes as HTTP_NOT_SENT and becomes what net_hand_over promises. */
void drop_write(const struct net *net, const struct drop *drop, struct http_reply *reply, int64_t deadline_us);

#endif
