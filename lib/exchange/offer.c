/*
 * offer: the bids of a ping as its row keeps them.
 */
#include "lib/base/buf.h"
#include "lib/exchange/steps.h"
#include "lib/wire/json.h"

enum { OFFERS_MAX = 4 * 1024 * 1024 };

struct str offers_write(struct arena *a, const struct offer *list, size_t n)
{
	struct buf b;
	struct json_out j;

	if (n == 0)
		return STR("[]");
	buf_in(&b, a, OFFERS_MAX);
	j = json_out(&b);
	json_open(&j, NULL, '[');
	for (size_t i = 0; i < n; i++) {
		char id[ID_PREFIXED + 1];

		id_print(id, "bid", list[i].id);
		json_open(&j, NULL, '{');
		json_cstr(&j, "id", id);
		json_int(&j, "contract", list[i].contract);
		json_int(&j, "kind", list[i].kind);
		json_int(&j, "rank", list[i].rank);
		json_int(&j, "offered", list[i].offered);
		json_int(&j, "cost", list[i].cost);
		json_int(&j, "price", list[i].price);
		json_int(&j, "expires_at", list[i].expires_at);
		if (list[i].ref.p != NULL)
			json_text(&j, "ref", list[i].ref);
		if (list[i].captures.type == VALUE_OBJECT && list[i].captures.n > 0)
			json_value(&j, "captures", &list[i].captures);
		json_close(&j, '}');
	}
	json_close(&j, ']');
	return buf_str(&b);
}

static int64_t whole(const struct value *v, const char *name)
{
	int64_t i = 0;

	value_as_int(value_get(v, str_of(name)), &i);
	return i;
}

int offers_read_all(struct arena *a, struct str json, struct offer **out, size_t *n_out, size_t *n_spare_out, struct err *e)
{
	struct value doc;
	size_t n;

	if (json_parse(a, json, JSON_DEPTH_CONFIG, &doc, e) != 0)
		return -1;
	n = doc.type == VALUE_LIST ? doc.n : 0;
	*n_out = 0;
	*out = arena_array_of(a, n, struct offer);
	for (size_t i = 0; i < n; i++) {
		const struct value *v = &doc.items[i], *ref = value_get(v, STR("ref")), *captures = value_get(v, STR("captures"));
		struct offer *o = &(*out)[i];

		*o = (struct offer){ .contract = (uint32_t)whole(v, "contract"), .kind = (enum sale_kind)whole(v, "kind"), .rank = (int)whole(v, "rank"),
			.offered = whole(v, "offered") != 0, .cost = whole(v, "cost"), .price = whole(v, "price"),
			.expires_at = whole(v, "expires_at") };
		if (!id_parse("bid", value_get_text(v, STR("id"), STR("")), &o->id))
			return err_set(e, ERR_INTERNAL, "a kept bid has no id");
		if (ref != NULL)
			o->ref = ref->text;
		if (captures != NULL)
			o->captures = *captures;
		*n_out += o->rank > 0;
	}
	*n_spare_out = n - *n_out;
	return 0;
}

int offers_read(struct arena *a, struct str json, struct offer **out, size_t *n_out, struct err *e)
{
	size_t spare;

	return offers_read_all(a, json, out, n_out, &spare, e);
}
