/*
 * Runs of rows become pictures at their place; what a language says around them
 * are its words.
 */
#include "lang/label.h"

#include "core/print.h"

#define GAP_ROWS 8 /* a picture of its own costs about as much */

struct label_mm label_mm(uint32_t dots, unsigned dpi)
{
	uint64_t hundredths = ((uint64_t)dots * 2540 + dpi - 1) / dpi;
	return (struct label_mm){ (unsigned)(hundredths / 100), (unsigned)(hundredths % 100) };
}

void label_rows(const struct rows *r, const struct row_run *run, uint8_t flip,
    struct buf *out)
{
	size_t len = run->bytes * run->count;
	uint8_t *to = buf_space(out, len);
	if (!to)
		return;
	for (uint32_t i = 0; i < run->count; i++)
		rows_copy(r, run->first + i, to + i * run->bytes, run->bytes);
	for (size_t i = 0; flip && i < len; i++)
		to[i] ^= flip;
	buf_grown(out, len);
}

static void begin(const struct label_words *words, struct label *l,
    const struct composing *setup, const struct step *s, struct buf *out)
{
	const struct abilities *a = setup->abilities;
	bool page = s && s->kind == STEP_PAGE;
	l->open = true;
	l->pages++;
	l->y = 0;
	l->head = (struct label_head){
		.width = a->width_dots,
		.height = page && s->height ? s->height : a->label_height,
		.gap = page && s->gap ? s->gap : a->label_gap,
		.dpi = a->dpi ? a->dpi : 203,
		.cut = setup->ticket->cut,
	};
	l->holds = !l->head.height;
	if (l->holds) {
		buf_finish(&l->held);
		buf_init(&l->held, LABEL_HELD);
	} else {
		words->begin(&l->head, out);
	}
}

/* `last`: no page follows. Only then is it known that this one is the whole sheet. */
static void end(const struct label_words *words, struct label *l, unsigned wanted, bool last,
    struct buf *out)
{
	bool all = words->counts && last && l->pages == 1 && l->head.cut == CUT_NONE;
	l->open = false;
	l->copies = l->head.copies = all && wanted > 1 ? wanted : 1;
	if (l->holds) {
		l->head.height = l->y ? l->y : 1;
		words->begin(&l->head, out);
		buf_add_str(out, buf_str(&l->held));
		buf_finish(&l->held);
	}
	words->end(&l->head, out);
}

static void dots(const struct label_words *words, struct label *l,
    const struct composing *setup, const struct step *s, struct buf *out)
{
	struct rows r = rows_of(s, setup->abilities->width_dots);
	struct row_run run;
	for (uint32_t y = 0; rows_next(&r, &y, GAP_ROWS, &run);)
		words->picture(&r, &run, l->y + run.first, l->holds ? &l->held : out);
	l->y += s->height;
}

enum err label_compose(const struct label_words *words, struct label *l,
    const struct composing *setup, const struct step *s, struct buf *out, struct why *why)
{
	bool ends = !s || s->kind == STEP_END;
	bool prints = s && (s->kind == STEP_DOTS || s->kind == STEP_FEED);
	if (!ends && !prints && s->kind != STEP_PAGE && s->kind != STEP_CUT)
		return why_fail(why, E_UNSUPPORTED, "A label printer takes dots only");
	if (l->open && (ends || s->kind == STEP_PAGE))
		end(words, l, setup->ticket->copies, ends, out);
	if (!ends && !l->open && s->kind != STEP_CUT)
		begin(words, l, setup, s, out);
	if (s && s->kind == STEP_DOTS)
		dots(words, l, setup, s, out);
	else if (s && s->kind == STEP_FEED)
		l->y += s->height;
	else if (s && s->kind == STEP_CUT && l->open)
		l->head.cut = s->cut;
	if (out->failed || l->held.failed)
		return why_fail(why, E_TOO_LARGE, NULL);
	return E_OK;
}

void label_finish(void *state)
{
	struct label *l = state;
	buf_finish(&l->held);
}

unsigned label_copies(const void *state)
{
	const struct label *l = state;
	return l->copies ? l->copies : 1;
}

bool label_takes(const char *type)
{
	return str_is(str_of(type), TYPE_RAW);
}

enum err label_print(struct press *p, const struct document *doc, const struct ticket *t,
    struct why *why)
{
	return press_document(p, doc, t->chunk_delay, why);
}
