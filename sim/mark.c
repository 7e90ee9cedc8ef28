/*
 * A plain array with ceilings. The JSON is four passes over it, one per kind,
 * each kind with its own members.
 */
#include "mark.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

enum { MARKS_MAX = 50000, TEXT_MAX = 8 << 20 };

static struct mark *room(struct marks *m)
{
	if (m->count == MARKS_MAX) {
		m->full = true;
		return NULL;
	}
	if (m->count == m->cap) {
		m->cap = m->cap ? m->cap * 2 : 16;
		m->at = mem_grow(m->at, m->cap, sizeof *m->at);
	}
	return &m->at[m->count++];
}

void marks_add(struct marks *m, const struct mark *mark, struct str text)
{
	struct mark *to;

	if (m->bytes + text.len > TEXT_MAX) {
		m->full = true;
		return;
	}
	to = room(m);
	if (!to)
		return;
	*to = *mark;
	to->text = text.len ? mem_strndup(text.ptr, text.len) : NULL;
	to->text_len = text.len;
	m->bytes += text.len;
}

void marks_move(struct marks *to, struct marks *from, int64_t dy)
{
	for (size_t i = 0; i < from->count; i++) {
		struct mark mark = from->at[i];
		mark.y += dy;
		marks_add(to, &mark, (struct str){ mark.text, mark.text_len });
	}
	marks_finish(from);
}

void marks_finish(struct marks *m)
{
	for (size_t i = 0; i < m->count; i++)
		free(m->at[i].text);
	free(m->at);
	*m = (struct marks){ 0 };
}

static void place(struct json_w *w, const struct mark *m)
{
	json_w_int_field(w, "x", m->x);
	json_w_int_field(w, "y", m->y);
	json_w_int_field(w, "width", m->width);
	json_w_int_field(w, "height", m->height);
}

static void line_json(struct json_w *w, const struct mark *m)
{
	json_w_str_field(w, "text", (struct str){ m->text, m->text_len });
	place(w, m);
	json_w_text_field(w, "font", m->style.font == FONT_A ? "A" : "B");
	json_w_int_field(w, "wide", m->style.width);
	json_w_int_field(w, "high", m->style.height);
	json_w_bool_field(w, "bold", m->style.bold);
	json_w_int_field(w, "underline", m->style.underline);
	json_w_bool_field(w, "reverse", m->style.reverse);
}

static void code_json(struct json_w *w, const struct mark *m)
{
	json_w_text_field(w, "type", m->type);
	json_w_str_field(w, "data", (struct str){ m->text, m->text_len });
	place(w, m);
}

static void image_json(struct json_w *w, const struct mark *m)
{
	place(w, m);
	json_w_str_field(w, "sha256", (struct str){ m->text, m->text_len });
}

static void kick_json(struct json_w *w, const struct mark *m)
{
	json_w_int_field(w, "pin", m->pin);
	json_w_int_field(w, "on_ms", m->on_ms);
	json_w_int_field(w, "off_ms", m->off_ms);
	json_w_bool_field(w, "realtime", m->realtime);
}

void marks_json(const struct marks *m, struct json_w *w)
{
	static const struct {
		const char *key;
		void (*write)(struct json_w *w, const struct mark *m);
	} kinds[] = {
		[MARK_LINE] = { "lines", line_json },
		[MARK_CODE] = { "codes", code_json },
		[MARK_IMAGE] = { "images", image_json },
		[MARK_KICK] = { "kicks", kick_json },
	};

	for (enum mark_kind kind = MARK_LINE; kind <= MARK_KICK; kind++) {
		json_w_key(w, kinds[kind].key);
		json_w_array(w);
		for (size_t i = 0; i < m->count; i++) {
			if (m->at[i].kind != kind)
				continue;
			json_w_object(w);
			kinds[kind].write(w, &m->at[i]);
			json_w_object_end(w);
		}
		json_w_array_end(w);
	}
}
