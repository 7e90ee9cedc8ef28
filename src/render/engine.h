/*
 * The plug point within platen-render: one kind of document, drawn to steps.
 * Runs in a caged child that ends with the document: no file but the fonts, no
 * network, no clean-up needed. One file and one row of engine.def each.
 *
 * Steps go out as early as they are known: the first within a few rows.
 */
#ifndef RENDER_ENGINE_H
#define RENDER_ENGINE_H

#include "core/render.h"

struct task {
	struct str bytes;                    /* the document */
	int fd;                              /* the same as a file, for programs */
	const struct render_options *options;
	struct sheet_sink sink;
	struct render_note *note;
	bool *handover;                      /* see task_handover; may be NULL */
};

struct engine_plug {
	const char *name;
	const char *const *types;            /* media types, NULL-terminated */
	/* In the zygote, once: what every child should find warm. May be NULL. */
	void (*warm)(void);
	/* In every child, before it is caged and while it waits: draw something of ours, so
	 * that the memory which the document will need is there already. May be NULL. */
	void (*rehearse)(void);
	enum err (*draw)(const struct task *t, struct why *why);
	bool programs;                       /* it runs installed programs: a wider cage */
};

/*
 * For ENGINE_AUTO, before the first step: this page needs more than the engine
 * can do right. `return task_handover(t, why, "the property %s", name)`. An
 * installed Chromium then draws it; where there is none the engine is called
 * again with ENGINE_BUILTIN and does what it can, with a warning.
 */
enum err task_handover(const struct task *t, struct why *why, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Note something that is left out of the picture; the first ones are kept. */
void task_warn(const struct task *t, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
