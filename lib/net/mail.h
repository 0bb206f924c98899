/*
 * mail: a letter goes to the operator's mail server, by libcurl on the calling thread. What the server says of the whole message
 * decides; a connection lost after the message's end, without that word, leaves it open.
 */
#ifndef GAVEL_NET_MAIL_H
#define GAVEL_NET_MAIL_H

#include "lib/net/net.h"

/* reply comes as HTTP_NOT_SENT and becomes what net_hand_over promises. */
void mail_send(struct net *net, struct arena *a, const struct letter *letter, struct http_reply *reply, int64_t deadline_us);

#endif
