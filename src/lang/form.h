/*
 * The preview of label languages: a form is drawn on, then printed as often as asked.
 */
#ifndef LANG_FORM_H
#define LANG_FORM_H

#include "gfx/barcode.h"
#include "lang/roll.h"

struct form {
	struct roll roll;
	struct bitmap dots;
	uint32_t height; /* of the label; 0: as far down as something was drawn */
	unsigned dpi;
};

#define FORM_COPIES_MAX 100

void form_init(struct form *f, const struct composing *setup, paper_take *take, void *arg,
    struct why *why);
enum err form_finish(struct form *f);
void form_clear(struct form *f);
void form_print(struct form *f, unsigned copies);
/* A letter's cell is `cell` dots high and, wide times wider, drawn by our own fonts. */
void form_text(struct form *f, int64_t x, int64_t y, unsigned wide, unsigned high, struct str text);
/* Modules of `module` dots; a linear code is `height` high. */
void form_code(struct form *f, int64_t x, int64_t y, enum symbology symbology, struct str content,
    const unsigned size[static 2]);
void form_box(struct form *f, const int64_t box[static 4], uint32_t thick);

#endif
