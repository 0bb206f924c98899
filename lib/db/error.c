#include <errmsg.h>
#include <mysqld_error.h>

#include "lib/db/connection.h"

enum { IDLE_TOO_LONG = 4031 };

static bool is_lost(unsigned number)
{
	switch (number) {
	case CR_SERVER_GONE_ERROR:
	case CR_SERVER_LOST:
	case CR_SERVER_LOST_EXTENDED:
	case CR_COMMANDS_OUT_OF_SYNC:
	case CR_MALFORMED_PACKET:
	case CR_STMT_CLOSED:
	case CR_ERR_NET_READ:
	case CR_ERR_NET_WRITE:
	case ER_CONNECTION_KILLED:
	case ER_SERVER_SHUTDOWN:
	case ER_NORMAL_SHUTDOWN:
	case ER_NET_PACKET_TOO_LARGE:
	case ER_NET_READ_ERROR:
	case ER_NET_READ_INTERRUPTED:
	case ER_NET_ERROR_ON_WRITE:
	case ER_NET_WRITE_INTERRUPTED:
	case ER_UNKNOWN_STMT_HANDLER:
	case IDLE_TOO_LONG:
		return true;
	default:
		return false;
	}
}

/* A primary that was made a replica: its connections are of no more use. */
static bool is_read_only(unsigned number)
{
	return number == ER_OPTION_PREVENTS_STATEMENT || number == ER_READ_ONLY_MODE || number == ER_CANT_EXECUTE_IN_READ_ONLY_TRANSACTION;
}

static enum err_kind kind_of(unsigned number)
{
	switch (number) {
	case ER_LOCK_DEADLOCK:
	case ER_LOCK_WAIT_TIMEOUT:
	case ER_CHECKREAD:
		return ERR_DB_RETRY;
	case ER_DUP_ENTRY:
	case ER_DUP_ENTRY_WITH_KEY_NAME:
	case ER_DUP_KEY:
		return ERR_DB_DUPLICATE;
	default:
		return ERR_DB;
	}
}

static bool quotes_a_value(unsigned number, const char *state)
{
	if (strncmp(state, "22", 2) == 0 || strncmp(state, "23", 2) == 0) /* data, constraints */
		return true;
	return number == ER_WRONG_VALUE_FOR_TYPE || number == ER_WRONG_VALUE || number == ER_NO_PARTITION_FOR_GIVEN_VALUE;
}

/* Of a message that quotes a value only what it says of the schema, at its end, may be repeated: a lead's values are in no log. */
static const char *without_values(unsigned number, const char *state, const char *message)
{
	static const char *const starts[] = { " for key ", " for column ", " for CONSTRAINT ", "Column " };
	const char *found = NULL;

	if (!quotes_a_value(number, state))
		return message;
	for (size_t i = 0; i < sizeof(starts) / sizeof(starts[0]) && found == NULL; i++)
		for (const char *p = message; (p = strstr(p, starts[i])) != NULL; p++)
			found = p;
	return found != NULL ? found + (found[0] == ' ') : "a value was refused";
}

int db_fail(struct db *db, unsigned number, const char *state, const char *message, bool sent, struct err *e)
{
	bool lost = is_lost(number), read_only = is_read_only(number);
	enum err_kind kind = lost && sent ? ERR_DB_UNCERTAIN : kind_of(number);

	if (lost || read_only)
		db->lost = true;
	err_set(e, kind, "MariaDB %u (%s): %s", number, state, without_values(number, state, message));
	if (e == NULL)
		return -1;
	if (lost)
		e->code = "db_lost";
	else if (read_only)
		e->code = "db_readonly";
	else if (number == ER_STATEMENT_TIMEOUT)
		e->code = "db_timeout";
	else if (number == ER_WARN_DATA_OUT_OF_RANGE || number == ER_DATA_OUT_OF_RANGE)
		e->code = "db_range";
	return -1;
}
