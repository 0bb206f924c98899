# Site files and units, filled in for a production host. What an operator edits is copied from $(pkgdatadir)/apache-conf to
# $(sysconfdir)/gavel once (docs/operations.md), so that a later install never overwrites it.
site_dir = $(pkgdatadir)/apache-conf
unit_dir = $(prefix)/lib/systemd/system

APACHE_TEMPLATES = apache-conf/apache/gavel.conf.in apache-conf/apache/gavel-routes.conf.in apache-conf/apache/gavel-fcgid.conf.in
LIGHTTPD_TEMPLATES = apache-conf/lighttpd/gavel.conf.in apache-conf/lighttpd/gavel-routes.conf.in apache-conf/lighttpd/gavel-sandbox.conf.in
UNITS = apache-conf/systemd/gavel-api.socket apache-conf/systemd/gavel-event.socket apache-conf/systemd/gavel-sandbox.socket \
	apache-conf/systemd/gavel-api.service apache-conf/systemd/gavel-event.service apache-conf/systemd/gavel-sandbox.service \
	apache-conf/systemd/gavel-admin.socket apache-conf/systemd/gavel-admin.service apache-conf/systemd/gavel-jobs.service

FILL = $(SHELL) $(top_srcdir)/scripts/fill LISTEN='*' PORT=443 LOOPBACK_PORT=8444 LOOPBACK_CONF=gavel-sandbox.conf \
	SERVER_NAME=leads.example.com HSTS_SECONDS=31536000 CERTIFICATE="$(sysconfdir)/gavel/certificate.pem" \
	CERTIFICATE_KEY="$(sysconfdir)/gavel/certificate.key" RUN_DIR=/run/gavel ADMIN_SOCKET=/run/gavel/admin.sock \
	HTDOCS_DIR="$(pkgdatadir)/htdocs" LIBEXEC_DIR="$(libexecdir)" SYSCONF_DIR="$(sysconfdir)" DATA_DIR="$(pkgdatadir)"

install-data-local:
	for d in migrations templates htdocs; do \
		[ -d "$(srcdir)/$$d" ] || continue; \
		(cd "$(srcdir)" && find $$d -type d) | while read -r f; do $(MKDIR_P) "$(DESTDIR)$(pkgdatadir)/$$f" || exit 1; done && \
		(cd "$(srcdir)" && find $$d -type f) | while read -r f; do \
			$(INSTALL_DATA) "$(srcdir)/$$f" "$(DESTDIR)$(pkgdatadir)/$$f" || exit 1; done || exit 1; \
	done
	$(MKDIR_P) "$(DESTDIR)$(site_dir)/apache" "$(DESTDIR)$(site_dir)/lighttpd" "$(DESTDIR)$(unit_dir)"
	for f in $(APACHE_TEMPLATES); do \
		$(FILL) CONF_DIR="$(sysconfdir)/gavel/apache" LOG_DIR=/var/log/apache2 <"$(srcdir)/$$f" \
			>"$(DESTDIR)$(site_dir)/apache/`basename $$f .in`" || exit 1; \
	done
	for f in $(LIGHTTPD_TEMPLATES); do \
		$(FILL) CONF_DIR="$(sysconfdir)/gavel/lighttpd" LOG_DIR=/var/log/lighttpd <"$(srcdir)/$$f" \
			>"$(DESTDIR)$(site_dir)/lighttpd/`basename $$f .in`" || exit 1; \
	done
	for f in $(UNITS); do \
		$(FILL) <"$(srcdir)/$$f" >"$(DESTDIR)$(unit_dir)/`basename $$f`" || exit 1; \
	done
	$(INSTALL_DATA) "$(srcdir)/apache-conf/apache/gavel-mpm.conf" "$(DESTDIR)$(site_dir)/apache/gavel-mpm.conf"
	$(FILL) <"$(srcdir)/apache-conf/gavel.ini.in" >"$(DESTDIR)$(site_dir)/gavel.ini"
	$(INSTALL_SCRIPT) "$(srcdir)/scripts/grants" "$(DESTDIR)$(site_dir)/grants"

uninstall-local:
	rm -rf "$(DESTDIR)$(pkgdatadir)"
	for f in $(UNITS); do rm -f "$(DESTDIR)$(unit_dir)/`basename $$f`"; done
