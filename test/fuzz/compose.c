/*
 * Any steps through every composer: what comes, painted again by the languages that
 * can, is no error; memory is given back whatever happens.
 */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "core/profile.h"
#include "fuzz.h"

#define OUT_MOST (4u << 20)

struct input {
	const uint8_t *at;
	size_t left;
};

static unsigned byte(struct input *in)
{
	if (!in->left)
		return 0;
	in->left--;
	return *in->at++;
}

static enum err take(const struct bitmap *dots, void *arg, struct why *why)
{
	(void)dots, (void)arg, (void)why;
	return E_OK;
}

static void make_step(struct input *in, struct step *s, struct run *run, uint8_t *rows)
{
	*s = (struct step){ .kind = (enum step_kind)(byte(in) % STEP_KINDS) };
	s->width = 1 + byte(in) * 3;
	s->height = s->kind == STEP_DOTS ? 1 + byte(in) % STEP_ROWS_MAX : byte(in) * 7;
	s->gap = byte(in) & 15;
	s->align = (enum align)(byte(in) % 3);
	s->stride = (s->width + 7) / 8;
	for (size_t i = 0; i < s->stride * s->height && s->kind == STEP_DOTS; i++)
		rows[i] = i % 5 ? 0 : (uint8_t)byte(in);
	s->black = rows;
	s->red = byte(in) & 1 ? rows : NULL;
	*run = (struct run){ .text = { (const char *)in->at, in->left < 20 ? in->left : 20 },
		.bold = byte(in) & 1, .wide = (uint8_t)(1 + byte(in) % 8), .high = 2 };
	s->runs = run;
	s->run_count = byte(in) % 2;
	s->symbology = (int)(byte(in) % 17);
	s->content = run->text;
	s->module = (uint8_t)byte(in);
	s->level = (uint8_t)byte(in);
	s->cut = (enum cut)(byte(in) % 3);
	s->pin = 2;
	s->times = (uint8_t)byte(in);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	struct input in = { bytes, len };
	const struct language *l;
	const struct ticket ticket = { .copies = 1, .cut = (enum cut)(byte(&in) % 3) };
	struct abilities abilities;
	struct why why = { 0 };
	struct buf out;
	size_t count = 0;
	while (language_at(count))
		count++;
	l = language_at(byte(&in) % count);
	const struct profile *p = profile_at(byte(&in));
	struct composing setup = { p, &abilities, &ticket };
	if (!l->compose)
		return 0;
	profile_abilities(p, l, &(struct paper_settings){ .label_height = byte(&in) * 4 },
	    &abilities);
	void *state = mem_alloc(l->composer_bytes);
	uint8_t *rows = malloc(STEP_ROWS_MAX * 128);
	enum err err = E_OK;
	buf_init(&out, OUT_MOST);
	for (unsigned n = 0; in.left && n < 64 && !err; n++) {
		struct step s;
		struct run run;
		make_step(&in, &s, &run, rows);
		err = l->compose(state, &setup, &s, &out, &why);
	}
	if (!err)
		err = l->compose(state, &setup, NULL, &out, &why);
	if (!err && l->paint) {
		enum err painted = l->paint(buf_str(&out), &setup, take, NULL, &why);
		MUST(painted == E_OK || painted == E_TOO_LARGE);
	}
	if (l->compose_finish)
		l->compose_finish(state);
	buf_finish(&out);
	free(state);
	free(rows);
	return 0;
}
