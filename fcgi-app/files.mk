GAVEL_LDADD = $(GAVEL_LIBS) $(GAVEL_SYS)

bin_PROGRAMS += gavelctl
gavelctl_SOURCES = fcgi-app/ctl_main.c fcgi-app/ctl/commands.h fcgi-app/ctl/ctl.h
gavelctl_SOURCES += fcgi-app/ctl/config.c
gavelctl_SOURCES += fcgi-app/ctl/delivery.c fcgi-app/ctl/delivery_test.c
gavelctl_SOURCES += fcgi-app/ctl/exchange.c fcgi-app/ctl/exchange.h
gavelctl_SOURCES += fcgi-app/ctl/explain.c
gavelctl_SOURCES += fcgi-app/ctl/funds.c
gavelctl_SOURCES += fcgi-app/ctl/key.c
gavelctl_SOURCES += fcgi-app/ctl/migrate.c
gavelctl_SOURCES += fcgi-app/ctl/replay.c
gavelctl_SOURCES += fcgi-app/ctl/sale.c
gavelctl_SOURCES += fcgi-app/ctl/secret.c
gavelctl_SOURCES += fcgi-app/ctl/table.c fcgi-app/ctl/table.h
gavelctl_SOURCES += fcgi-app/ctl/user.c
gavelctl_SOURCES += fcgi-app/ctl/webhook.c
gavelctl_LDADD = $(GAVEL_LDADD)

# What every serving program shares.
APP_SOURCES = fcgi-app/app.c fcgi-app/app.h fcgi-app/auth.c fcgi-app/once.c fcgi-app/once.h fcgi-app/options.c fcgi-app/options.h \
	fcgi-app/meter.c fcgi-app/meter.h \
	fcgi-app/api/metrics.c fcgi-app/api/status.c fcgi-app/api/handlers.h

libexec_PROGRAMS = gavel-api gavel-jobs
gavel_api_SOURCES = fcgi-app/api_main.c fcgi-app/api/answer.c fcgi-app/api/answer.h fcgi-app/api/intake.c fcgi-app/api/intake.h \
	fcgi-app/api/click.c fcgi-app/api/contract.c fcgi-app/api/explain.c fcgi-app/api/ping.c fcgi-app/api/post.c fcgi-app/api/postback.c fcgi-app/api/sandbox.c fcgi-app/api/spend.c \
	fcgi-app/api/track.c fcgi-app/api/track.h fcgi-app/form/door.c fcgi-app/form/entries.c fcgi-app/form/entries.h fcgi-app/form/form.h \
	fcgi-app/form/handlers.h fcgi-app/form/inputs.c fcgi-app/form/inputs.h fcgi-app/form/json.c fcgi-app/form/pages.c fcgi-app/form/sale.c fcgi-app/form/send.c \
	fcgi-app/form/visit.c fcgi-app/form/visit.h fcgi-app/form/walk.c fcgi-app/form/words.c fcgi-app/form/words.h $(APP_SOURCES)
gavel_api_SOURCES += fcgi-app/api/leads.c
gavel_api_LDADD = $(GAVEL_LDADD)

gavel_jobs_SOURCES = fcgi-app/jobs_main.c fcgi-app/jobs/jobs.h fcgi-app/jobs/rollup.c fcgi-app/jobs/upkeep.c \
	fcgi-app/jobs/workers.c fcgi-app/jobs/workers.h $(APP_SOURCES)
gavel_jobs_SOURCES += fcgi-app/jobs/alerts.c
gavel_jobs_SOURCES += fcgi-app/jobs/courier.c fcgi-app/jobs/courier.h
gavel_jobs_SOURCES += fcgi-app/jobs/messages.c
gavel_jobs_SOURCES += fcgi-app/jobs/webhook.c fcgi-app/jobs/webhook.h
gavel_jobs_LDADD = $(GAVEL_LDADD)

libexec_PROGRAMS += gavel-admin
gavel_admin_SOURCES = fcgi-app/admin_main.c fcgi-app/admin/admin.h fcgi-app/admin/funds.c fcgi-app/admin/health.c fcgi-app/admin/leads.c \
	fcgi-app/admin/mask.c fcgi-app/admin/mask.h fcgi-app/admin/overview.c fcgi-app/admin/sales.c fcgi-app/admin/session.c fcgi-app/admin/webhooks.c fcgi-app/api/report.c \
	fcgi-app/api/report.h fcgi-app/api/report_answer.c $(APP_SOURCES)
gavel_admin_LDADD = $(GAVEL_LDADD)
