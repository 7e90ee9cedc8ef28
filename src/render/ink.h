/*
 * Ink: text drawn grey by Pango, and the dots that become of it.
 */
#ifndef RENDER_INK_H
#define RENDER_INK_H

#include <pango/pangocairo.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"

/* One cell of the printer's font, in dots. */
struct cell {
	unsigned width, height;
};

/* A grey picture to draw on. */
struct ink {
	cairo_surface_t *surface;
	cairo_t *cairo;
	uint32_t width, height;
};

struct ink ink_open(uint32_t width, uint32_t height);
/* Its dots, packed, (width + 7) / 8 bytes a row; to be freed. */
uint8_t *ink_close(struct ink *g);

/* Draw a line with its baseline at x, y. `bold`: fonts that have one weight
 * are struck twice, as printers do. */
void ink_show(struct ink *g, PangoLayoutLine *line, double x, double y, bool bold);

/* The font of cells: its size, where its baseline is below the top of the cell.
 * `wide`: of characters that take two. */
double ink_em(const struct cell *cell, bool wide);
double ink_baseline(const struct cell *cell, bool wide);
void ink_font(PangoLayout *layout, double em, bool bold);

/* Remember when `layout`, which says `text`, has characters that no font has. */
void ink_note_missing(PangoLayout *layout, struct str text);
/* The first such character since the last call; 0: none. */
uint32_t ink_missing(void);

#endif
