#include "tests/unit/net/certificates.h"

#include <check.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/base/clock.h"

static char folder[64];

const char *certificates_path(struct arena *a, const char *name, const char *ending)
{
	return arena_printf(a, "%s/%s.%s", folder, name, ending).p;
}

pid_t certificates_spawn(const char *const argv[], int out)
{
	pid_t parent = getpid(), pid = fork();
	int null;

	ck_assert_int_ge(pid, 0);
	if (pid > 0)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	null = open("/dev/null", O_RDWR);
	if (getppid() != parent || null < 0 || chdir(folder) != 0)
		_exit(126);
	dup2(null, 0);
	dup2(out >= 0 ? out : null, 1);
	dup2(null, 2);
	execvp(argv[0], (char *const *)argv);
	_exit(127);
}

#define OPENSSL(...) openssl_done((const char *const[]){ "openssl", __VA_ARGS__, NULL })

static void openssl_done(const char *const argv[])
{
	pid_t pid = certificates_spawn(argv, -1);
	int status;

	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_msg(WIFEXITED(status) && WEXITSTATUS(status) == 0, "openssl %s failed", argv[1]);
}

static void authority(const char *name)
{
	char key[64], cert[64], subject[64];

	snprintf(key, sizeof(key), "%s.key", name);
	snprintf(cert, sizeof(cert), "%s.pem", name);
	snprintf(subject, sizeof(subject), "/CN=%s", name);
	OPENSSL("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-keyout", key, "-out", cert,
	    "-subj", subject);
}

/* With days "0" it has expired a second later. */
static void certificate(const char *name, const char *altname, const char *days)
{
	char key[64], cert[64], request[64], extension[64], line[128];
	FILE *f;

	snprintf(key, sizeof(key), "%s.key", name);
	snprintf(cert, sizeof(cert), "%s.pem", name);
	snprintf(request, sizeof(request), "%s.csr", name);
	snprintf(extension, sizeof(extension), "%s.ext", name);
	snprintf(line, sizeof(line), "%s/%s", folder, extension);
	f = fopen(line, "w");
	ck_assert_ptr_nonnull(f);
	fprintf(f, "subjectAltName=%s\n", altname);
	fclose(f);
	OPENSSL("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", key, "-out", request, "-subj", "/CN=test");
	OPENSSL("x509", "-req", "-in", request, "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", days, "-extfile", extension,
	    "-out", cert);
}

void certificates_make(void)
{
	snprintf(folder, sizeof(folder), "/tmp/gavel-tls-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(folder));
	authority("ca");
	authority("other");
	certificate("good", "IP:127.0.0.1", "2");
	certificate("mail", "DNS:mail.localhost", "2");
	certificate("name", "DNS:elsewhere.example", "2");
	certificate("old", "IP:127.0.0.1", "0");
	clock_sleep_ms(1100);
}

void certificates_remove(void)
{
	const char *const argv[] = { "rm", "-rf", folder, NULL };
	pid_t pid = certificates_spawn(argv, -1);

	waitpid(pid, NULL, 0);
}
