/*
 * How long drawing takes: one document to ESC/POS bytes, in this process or
 * caged, again and again.
 *
 *   draw TYPE FILE ROUNDS [RENDERER]
 *
 * Prints {"us": [...], "first_us": [...], "bytes": N}: until the last byte, and
 * until the first ones.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/profile.h"
#include "render/client.h"
#include "render/engines.h"
#include "sys/clock.h"
#include "sys/file.h"

#define FILE_MAX (16u << 20)
#define QUIET_MS 30 /* before each document: the next child gets ready after the one before */

struct drawn {
	struct composing setup;
	void *state;
	struct buf out;
	int64_t begun, first;
	size_t bytes;
};

static enum err on_step(const struct step *s, void *arg, struct why *why)
{
	struct drawn *d = arg;
	enum err err = language_escpos.compose(d->state, &d->setup, s, &d->out, why);
	d->bytes += d->out.len;
	if (!d->first && s && s->kind != STEP_PAGE)
		d->first = clock_mono_us() - d->begun;
	buf_clear(&d->out);
	return err;
}

static enum err draw_here(const struct document *doc, const struct render_options *o,
    const struct sheet_sink *sink, struct why *why)
{
	const struct engine_plug *engine = engine_find(o->type);
	struct render_note note = { 0 };
	const struct task task = {
		.bytes = { (char *)doc->bytes, doc->len }, .fd = -1, .options = o, .sink = *sink,
		.note = &note,
	};
	return engine ? engine->draw(&task, why) : why_fail(why, E_MEDIA, "no engine");
}

static enum err draw_caged(const struct document *doc, const struct render_options *o,
    const struct sheet_sink *sink, struct why *why)
{
	struct render_note note;
	return renderer_caged.render(doc, o, -1, sink, &note, why);
}

static enum err draw(const struct document *doc, struct render_options *o, bool caged,
    struct drawn *d, struct why *why)
{
	const struct ticket ticket = ticket_default();
	const struct sheet_sink sink = { on_step, d };
	enum err err;

	d->setup = (struct composing){ NULL, &o->abilities, &ticket };
	d->state = calloc(1, language_escpos.composer_bytes);
	d->first = 0;
	d->bytes = 0;
	d->begun = clock_mono_us();
	err = caged ? draw_caged(doc, o, &sink, why) : draw_here(doc, o, &sink, why);
	if (!err)
		err = on_step(NULL, d, why);
	if (language_escpos.compose_finish)
		language_escpos.compose_finish(d->state);
	free(d->state);
	return err;
}

static void print_list(const char *name, const int64_t *us, int count)
{
	printf("\"%s\": [", name);
	for (int i = 0; i < count; i++)
		printf("%s%lld", i ? ", " : "", (long long)us[i]);
	printf("]");
}

static int measure(const struct document *doc, int rounds, bool caged, struct why *why)
{
	struct render_options o = { 0 };
	struct drawn d = { 0 };
	int64_t *us = calloc((size_t)rounds, sizeof(*us));
	int64_t *first = calloc((size_t)rounds, sizeof(*first));

	str_copy(o.type, sizeof(o.type), str_of(doc->type));
	profile_abilities(NULL, &language_escpos, &(struct paper_settings){ 0 }, &o.abilities);
	buf_init(&d.out, FILE_MAX);
	for (int i = 0; i < rounds; i++) {
		if (caged)
			clock_sleep(QUIET_MS);
		o.wall_ms = 20000 + i; /* each is a request of its own, none is remembered */
		if (draw(doc, &o, caged, &d, why))
			return 1;
		us[i] = clock_mono_us() - d.begun;
		first[i] = d.first;
	}
	printf("{");
	print_list("us", us, rounds);
	printf(", ");
	print_list("first_us", first, rounds);
	printf(", \"bytes\": %zu}\n", d.bytes);
	buf_finish(&d.out);
	free(us);
	free(first);
	return 0;
}

int main(int argc, char **argv)
{
	const struct engine_plug *engine;
	struct buf bytes;
	struct why why;
	bool caged = argc == 5;

	if (argc != 4 && !caged) {
		fputs("usage: draw TYPE FILE ROUNDS [RENDERER]\n", stderr);
		return 64;
	}
	buf_init(&bytes, FILE_MAX);
	if (file_read(argv[2], &bytes, &why) || (caged && renderer_open(argv[4], &why))) {
		fprintf(stderr, "%s\n", why.text);
		return 1;
	}
	for (size_t i = 0; !caged && (engine = engine_at(i)); i++)
		if (engine->warm)
			engine->warm();
	struct document *doc = document_create(argv[1], &bytes, NULL, 1);
	int status = measure(doc, atoi(argv[3]), caged, &why);
	if (status)
		fprintf(stderr, "%s\n", why.text);
	document_release(doc);
	renderer_close();
	return status;
}
