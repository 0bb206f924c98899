/*
 * json: reading. One pass over the bytes bounds the document, Jansson reads it, and its tree is turned into values and dropped.
 *
 * Jansson has numbers as int64 or double, and neither gives "12.50" or a 20-digit id back as it was written. So it is only asked
 * whether a number is well-formed and fits a double; the spelling is taken from the text, where numbers stand in the order in which
 * the tree is walked.
 */
#include <jansson.h>

#include "lib/wire/json.h"
#include "lib/wire/json_scan.h"

/* Messages of our own: Jansson's quote the text near the fault, which may be a lead's. */
static const char *describe(const json_error_t *je)
{
	switch (json_error_code(je)) {
	case json_error_invalid_utf8:
		return "not valid UTF-8";
	case json_error_premature_end_of_input:
		return "the text ends too soon";
	case json_error_end_of_input_expected:
		return "something follows the value";
	case json_error_null_character:
	case json_error_null_byte_in_key:
		return "NUL in a text";
	case json_error_duplicate_key:
		return "an object has a name twice";
	case json_error_numeric_overflow:
		return "a number is out of range";
	case json_error_stack_overflow:
		return "nested too deeply";
	default:
		return "not well-formed JSON";
	}
}

static struct value convert(struct arena *a, json_t *j, struct json_numbers *numbers);

static struct value convert_list(struct arena *a, json_t *j, struct json_numbers *numbers)
{
	size_t n = json_array_size(j);
	struct value *items = arena_array_of(a, n, struct value);

	for (size_t i = 0; i < n; i++)
		items[i] = convert(a, json_array_get(j, i), numbers);
	return value_list(items, n);
}

/* Jansson walks an object in the order of insertion: the document's. */
static struct value convert_object(struct arena *a, json_t *j, struct json_numbers *numbers)
{
	size_t n = json_object_size(j), i = 0;
	struct member *members = arena_array_of(a, n, struct member);

	for (void *it = json_object_iter(j); it != NULL; it = json_object_iter_next(j, it), i++) {
		members[i].name = arena_str(a, str_of(json_object_iter_key(it)));
		members[i].value = convert(a, json_object_iter_value(it), numbers);
	}
	return value_object(members, n);
}

static struct value convert(struct arena *a, json_t *j, struct json_numbers *numbers)
{
	switch (json_typeof(j)) {
	case JSON_OBJECT:
		return convert_object(a, j, numbers);
	case JSON_ARRAY:
		return convert_list(a, j, numbers);
	case JSON_STRING:
		return value_text(arena_str(a, (struct str){ json_string_value(j), json_string_length(j) }));
	case JSON_INTEGER:
	case JSON_REAL:
		return value_number(arena_str(a, json_numbers_next(numbers)));
	case JSON_TRUE:
	case JSON_FALSE:
		return value_bool(json_is_true(j));
	default:
		return (struct value){ .type = VALUE_NULL };
	}
}

int json_parse(struct arena *a, struct str text, int depth, struct value *out, struct err *e)
{
	struct json_numbers numbers = { text };
	json_error_t je;
	json_t *j;

	if (json_scan(text, depth, e) != 0)
		return -1;
	/* Whole numbers past int64 are none of Jansson's business: their spelling is kept. */
	j = json_loadb(text.p, text.n, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY | JSON_DECODE_INT_AS_REAL, &je);
	if (j == NULL)
		return err_set(e, ERR_MALFORMED, "JSON, line %d column %d: %s", je.line, je.column, describe(&je));
	*out = convert(a, j, &numbers);
	json_decref(j);
	return 0;
}
