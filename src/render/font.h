/*
 * The fonts of platen-render: a configuration of our own with the directories
 * where distributions install them, so that paper looks the same whatever the
 * user's desktop prefers, and colour fonts, which dots cannot show, are never
 * chosen. Reading it takes 2 ms with the system's cache, 30 without: it is
 * done once, in the zygote.
 */
#ifndef RENDER_FONT_H
#define RENDER_FONT_H

#include <pango/pangocairo.h>

/* Of single columns; and what scripts that do not stand in columns look like. */
#define FONT_CELLS "DejaVu Sans Mono"
#define FONT_SHAPED "Noto Sans Arabic,Noto Sans Hebrew,Noto Sans,DejaVu Sans"

/* One for left to right, one for right to left: a layout would be made anew
 * each time the direction changes. Made at the first call; never freed. */
PangoContext *font_pango(PangoDirection direction);

#endif
