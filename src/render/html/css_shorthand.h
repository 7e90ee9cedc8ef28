/*
 * Shorthands: each splits its tokens among longhands.
 */
#ifndef RENDER_HTML_CSS_SHORTHAND_H
#define RENDER_HTML_CSS_SHORTHAND_H

#include "render/html/css_value.h"

#define SHORTHAND(name) bool shorthand_##name(struct value *v)
SHORTHAND(font);
SHORTHAND(list_style);
SHORTHAND(margin);
SHORTHAND(margin_inline);
SHORTHAND(margin_inline_start);
SHORTHAND(margin_inline_end);
SHORTHAND(margin_block);
SHORTHAND(padding);
SHORTHAND(padding_inline);
SHORTHAND(padding_inline_start);
SHORTHAND(padding_inline_end);
SHORTHAND(padding_block);
SHORTHAND(inset);
SHORTHAND(border);
SHORTHAND(border_top);
SHORTHAND(border_right);
SHORTHAND(border_bottom);
SHORTHAND(border_left);
SHORTHAND(border_width);
SHORTHAND(border_style);
SHORTHAND(border_color);
SHORTHAND(border_radius);
SHORTHAND(background);
SHORTHAND(background_image);
SHORTHAND(background_position);
SHORTHAND(background_size);
SHORTHAND(background_repeat);
SHORTHAND(transform);
SHORTHAND(flex);
SHORTHAND(flex_flow);
SHORTHAND(place_content);
SHORTHAND(place_items);
SHORTHAND(place_self);
SHORTHAND(gap);
SHORTHAND(grid_row);
SHORTHAND(grid_column);
SHORTHAND(grid_area);
#undef SHORTHAND

#endif
