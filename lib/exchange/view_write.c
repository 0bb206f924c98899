#include "lib/exchange/view.h"

const char *view_lead_state(enum lead_state s)
{
	switch (s) {
	case LEAD_SOLD: return "sold";
	case LEAD_UNSOLD: return "unsold";
	case LEAD_REJECTED: return "rejected";
	default: return "pending";
	}
}

const char *view_sale_kind(int kind)
{
	return kind == SALE_SHARED ? "shared" : "exclusive";
}

void view_write_id(struct json_out *j, const char *name, const char *prefix, struct id id)
{
	char text[ID_PREFIXED + 1];

	id_print(text, prefix, id);
	json_cstr(j, name, text);
}

void view_write_buyer(struct arena *a, struct json_out *j, enum show_buyer show, const struct buyer *b)
{
	if (show == SHOW_NONE || b == NULL) {
		json_nil(j, "buyer");
		return;
	}
	json_open(j, "buyer", '{');
	json_text(j, "id", show == SHOW_ALIAS ? arena_printf(a, "buyer-%u", b->id) : b->key);
	json_text(j, "name", show == SHOW_ALIAS ? arena_printf(a, "Buyer %u", b->id) : b->name);
	json_close(j, '}');
}

void view_write_reasons(struct json_out *j, const struct reason_count *list, size_t n)
{
	json_open(j, "reasons", '[');
	for (size_t i = 0; i < n; i++) {
		json_open(j, NULL, '{');
		json_cstr(j, "code", reason_slug(list[i].code));
		json_int(j, "count", (int64_t)list[i].count);
		json_close(j, '}');
	}
	json_close(j, ']');
}

void view_write_sale(struct arena *a, struct json_out *j, const struct seller *seller, const struct sold *x, bool redirect)
{
	json_open(j, NULL, '{');
	view_write_id(j, "sale_id", "sal", x->row.id);
	view_write_id(j, "bid_id", "bid", x->row.bid_id);
	view_write_buyer(a, j, seller != NULL ? seller->show_buyer : SHOW_NAME, x->contract != NULL ? x->contract->buyer : NULL);
	json_money(j, "price", x->row.price);
	json_cstr(j, "sale", view_sale_kind(x->row.kind));
	json_cstr(j, "status", sale_state_name(x->row.state));
	if (redirect && x->row.redirect_url.p != NULL && x->row.state != SALE_REJECTED)
		json_text(j, "redirect_url", x->row.redirect_url);
	else if (redirect)
		json_nil(j, "redirect_url");
	json_close(j, '}');
}
