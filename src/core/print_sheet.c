/*
 * A sink between two plug-ins that do not know each other: each step that the
 * renderer puts is composed and sent at once.
 */
#include "core/print_sheet.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "core/worker.h"

#define STEP_OUT_MAX (4u << 20) /* bytes that one step may come to */
#define KEEP_MAX (8u << 20)     /* of the first copy, for the others */

struct sheet {
	struct press *press;
	const struct language *lang;
	struct composing setup;
	void *state;         /* the composer's */
	struct buf out;
	struct buf kept;
	bool keep;
	unsigned made;       /* copies that the bytes sent so far come to */
};

static enum err send(struct sheet *s, struct why *why)
{
	struct str bytes = buf_str(&s->out);
	enum err err = E_OK;

	if (s->keep && !buf_add_str(&s->kept, bytes)) {
		s->keep = false;
		buf_finish(&s->kept);
	}
	if (bytes.len)
		err = press_payload(s->press, bytes.ptr, bytes.len, why);
	buf_clear(&s->out);
	return err;
}

static enum err put(const struct step *step, void *arg, struct why *why)
{
	struct sheet *s = arg;
	enum err err;

	/* The engines were told; this is for one that did not listen. */
	if (step && step->kind == STEP_PULSE && !s->setup.ticket->drawer_allowed)
		return why_fail(why, E_NOT_ALLOWED, "Not allowed: drawer");
	err = s->lang->compose(s->state, &s->setup, step, &s->out, why);
	/* What a page begins with waits for what is on it: a document that turns out to be
	 * none has then not begun, and there is no doubt about it. */
	if (err || (step && step->kind == STEP_PAGE))
		return err;
	return send(s, why);
}

struct render_options print_sheet_options(const struct document *doc, const struct ticket *t,
    const struct abilities *a)
{
	struct render_options o = {
		.abilities = *a,
		.engine = t->engine,
		.halftone = t->halftone,
		.threshold = (uint8_t)t->threshold,
		.width_dots = t->width_dots,
		.scripts = t->scripts,
		.raster = t->raster,
		.drawer = t->drawer_allowed,
	};

	str_copy(o.type, sizeof(o.type), str_of(doc->type));
	str_copy(o.encoding, sizeof(o.encoding), str_of(t->encoding));
	return o;
}

static enum err render_copy(struct sheet *s, const struct press_paper *paper,
    const struct order *order, int cancel_fd, struct why *why)
{
	const struct sheet_sink sink = { put, s };
	const struct render_options o = print_sheet_options(order->doc, s->setup.ticket,
	    &paper->abilities);
	struct render_note note = { 0 };
	enum err err;

	s->state = mem_alloc(s->lang->composer_bytes ? s->lang->composer_bytes : 1);
	err = paper->renderer->render(order->doc, &o, cancel_fd, &sink, &note, why);
	if (!err)
		err = put(NULL, s, why);
	s->made += s->lang->copies ? s->lang->copies(s->state) : 1;
	if (s->lang->compose_finish)
		s->lang->compose_finish(s->state);
	free(s->state);
	if (!err && note.warning[0])
		log_warn("render.warning", "job %lld: %s", (long long)order->job, note.warning);
	return err;
}

/* The bytes of the copy before, if they were few enough. */
static enum err next_copy(struct sheet *s, const struct press_paper *paper,
    const struct order *order, int cancel_fd, struct why *why)
{
	if (!s->kept.len)
		return render_copy(s, paper, order, cancel_fd, why);
	s->made++;
	return press_payload(s->press, s->kept.ptr, s->kept.len, why);
}

enum err print_sheet(struct press *p, const struct language *lang,
    const struct press_paper *paper, const struct order *order, int cancel_fd, struct why *why)
{
	const struct ticket *t = &order->ticket;
	struct sheet s = {
		.press = p, .lang = lang, .keep = t->copies > 1,
		.setup = { paper->profile, &paper->abilities, t },
	};
	enum err err;

	buf_init(&s.out, STEP_OUT_MAX);
	buf_init(&s.kept, KEEP_MAX);
	err = render_copy(&s, paper, order, cancel_fd, why);
	s.keep = false;
	while (s.made < t->copies && !err)
		err = next_copy(&s, paper, order, cancel_fd, why);
	buf_finish(&s.out);
	buf_finish(&s.kept);
	return err;
}
