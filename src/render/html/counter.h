/*
 * Counters, list numbers and what `content` says.
 */
#ifndef RENDER_HTML_COUNTER_H
#define RENDER_HTML_COUNTER_H

#include "render/html/doc.h"

struct counters;

struct counters *counters_new(struct arena *a);
/* Around the children of an element with this style. */
void counter_enter(struct counters *c, const struct style *s);
void counter_leave(struct counters *c, const struct style *s);
/* Around the children of a list; then each of its items. */
void counter_list(struct counters *c, const struct node *list);
void counter_list_end(struct counters *c, const struct node *list);
void counter_item(struct counters *c, const struct node *item);
/* The text before the item that was counted last: "3. ", a bullet; empty for none. */
struct str counter_marker(struct counters *c, enum list_style style);
/* The text of ::before or ::after of `n`. */
struct str counter_content(struct counters *c, const struct style *s, const struct node *n);

#endif
