#include "fcgi-app/jobs/jobs.h"

#include "lib/base/clock.h"
#include "lib/base/log.h"
#include "lib/store/message.h"
#include "lib/store/outbox.h"

/* A message that could not be sent for so long past its time will not be: the endpoint is disabled, or dead beyond its ladder. */
enum { GIVE_UP_DAYS = 4, BATCH = 1000 };

#define DAY_US (INT64_C(86400) * 1000000)

int job_messages_expire(struct jobs *j, struct err *e)
{
	int64_t now = clock_wall_us(), kept_us = j->app->settings.webhook_retention_days * DAY_US;
	uint64_t ended, dropped, alerts;

	if (message_give_up(j->db, j->arena, now - GIVE_UP_DAYS * DAY_US, now, &ended, e) != 0 ||
	    message_expire(j->db, now - kept_us, &dropped, e) != 0 ||
	    outbox_alert_expire(j->db, now - j->app->settings.lead_retention_days * DAY_US, &alerts, e) != 0)
		return -1;
	if (ended > 0)
		log_warn("webhooks were given up", LOG_INT("n", (int64_t)ended), LOG_END);
	return ended >= BATCH || dropped >= BATCH;
}
