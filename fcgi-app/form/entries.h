/*
 * entries: what a page was sent with: the values of its inputs, and a button that adds an entry of a list or takes one away.
 */
#ifndef GAVEL_FORM_ENTRIES_H
#define GAVEL_FORM_ENTRIES_H

#include "fcgi-app/form/form.h"

/* Takes what was typed into the step's inputs ("lead.zip") into the visit; what was left empty goes. */
void entries_take(struct walk *w, const struct form *sent, size_t step);
/* Shows one entry more of the list, when the page has a button for it. w->begin_at is then the entry's. */
void entries_add(struct walk *w, struct str list);
/* Takes an entry away ("drivers.1") with all that was typed into it, when the page has a button for it; those behind it move up. */
void entries_remove(struct walk *w, struct str entry);

#endif
