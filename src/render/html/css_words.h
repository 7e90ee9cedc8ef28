/*
 * The keywords of the properties that take one: a table each, ended by an empty
 * row. Included by css_property.c alone.
 */
static const struct word slants[] = { { "normal", 0 }, { "italic", 1 }, { "oblique", 1 }, { 0 } };
static const struct word caps[] = { { "normal", 0 }, { "none", 0 }, { "small-caps", 1 },
	{ "tabular-nums", 0 }, { "lining-nums", 0 }, { 0 } };
static const struct word directions[] = { { "ltr", 0 }, { "rtl", 1 }, { 0 } };
static const struct word text_aligns[] = { { "start", TEXT_START }, { "end", TEXT_END },
	{ "left", TEXT_LEFT }, { "right", TEXT_RIGHT }, { "center", TEXT_CENTER },
	{ "justify", TEXT_JUSTIFY }, { "-webkit-center", TEXT_BLOCK_CENTER },
	{ "-webkit-right", TEXT_BLOCK_RIGHT }, { "-webkit-left", TEXT_LEFT }, { 0 } };
static const struct word transforms[] = { { "none", TRANSFORM_NONE },
    { "uppercase", TRANSFORM_UPPER },
	{ "lowercase", TRANSFORM_LOWER }, { "capitalize", TRANSFORM_CAPITALIZE }, { 0 } };
static const struct word white_spaces[] = { { "normal", WS_NORMAL }, { "nowrap", WS_NOWRAP },
	{ "pre", WS_PRE }, { "pre-wrap", WS_PRE_WRAP }, { "break-spaces", WS_PRE_WRAP },
	{ "pre-line", WS_PRE_LINE }, { 0 } };
static const struct word word_breaks[] = { { "normal", WRAP_NORMAL }, { "keep-all", WRAP_NORMAL },
	{ "break-all", WRAP_ANYWHERE }, { "break-word", WRAP_BREAK_WORD }, { 0 } };
static const struct word overflow_wraps[] = { { "normal", WRAP_NORMAL },
	{ "break-word", WRAP_BREAK_WORD }, { "anywhere", WRAP_ANYWHERE }, { 0 } };
static const struct word visibilities[] = { { "visible", 0 }, { "hidden", 1 }, { "collapse", 1 },
	{ 0 } };
static const struct word collapses[] = { { "separate", 0 }, { "collapse", 1 }, { 0 } };
static const struct word caption_sides[] = { { "top", 0 }, { "bottom", 1 }, { 0 } };
static const struct word empty_cells[] = { { "show", 0 }, { "hide", 1 }, { 0 } };
static const struct word list_styles[] = { { "disc", LIST_DISC }, { "circle", LIST_CIRCLE },
	{ "square", LIST_SQUARE }, { "decimal", LIST_DECIMAL },
	{ "decimal-leading-zero", LIST_DECIMAL_ZERO }, { "lower-alpha", LIST_LOWER_ALPHA },
	{ "lower-latin", LIST_LOWER_ALPHA }, { "upper-alpha", LIST_UPPER_ALPHA },
	{ "upper-latin", LIST_UPPER_ALPHA }, { "lower-roman", LIST_LOWER_ROMAN },
	{ "upper-roman", LIST_UPPER_ROMAN }, { "none", LIST_NONE }, { 0 } };
static const struct word list_positions[] = { { "outside", 0 }, { "inside", 1 }, { 0 } };
static const struct word renderings[] = { { "auto", 0 }, { "smooth", 0 }, { "high-quality", 0 },
	{ "pixelated", 1 }, { "crisp-edges", 1 }, { "-webkit-optimize-contrast", 1 }, { 0 } };
static const struct word displays[] = { { "inline", DISPLAY_INLINE }, { "block", DISPLAY_BLOCK },
	{ "inline-block", DISPLAY_INLINE_BLOCK }, { "list-item", DISPLAY_LIST_ITEM },
	{ "none", DISPLAY_NONE }, { "contents", DISPLAY_CONTENTS }, { "flex", DISPLAY_FLEX },
	{ "inline-flex", DISPLAY_INLINE_FLEX }, { "grid", DISPLAY_GRID },
	{ "inline-grid", DISPLAY_INLINE_GRID }, { "flow-root", DISPLAY_FLOW_ROOT },
	{ "table", DISPLAY_TABLE }, { "inline-table", DISPLAY_INLINE_TABLE },
	{ "table-row-group", DISPLAY_ROW_GROUP }, { "table-header-group", DISPLAY_HEADER_GROUP },
	{ "table-footer-group", DISPLAY_FOOTER_GROUP }, { "table-row", DISPLAY_ROW },
	{ "table-cell", DISPLAY_CELL }, { "table-caption", DISPLAY_CAPTION },
	{ "table-column", DISPLAY_COLUMN }, { "table-column-group", DISPLAY_COLUMN_GROUP }, { 0 } };
static const struct word positions[] = { { "static", POSITION_STATIC },
	{ "relative", POSITION_RELATIVE }, { "sticky", POSITION_RELATIVE },
	{ "absolute", POSITION_ABSOLUTE }, { "fixed", POSITION_FIXED }, { 0 } };
static const struct word float_sides[] = { { "none", SIDE_NONE }, { "left", SIDE_LEFT },
	{ "right", SIDE_RIGHT }, { "inline-start", SIDE_LEFT }, { "inline-end", SIDE_RIGHT },
	    { 0 } };
static const struct word clear_sides[] = { { "none", SIDE_NONE }, { "left", SIDE_LEFT },
	{ "right", SIDE_RIGHT }, { "both", SIDE_BOTH }, { 0 } };
static const struct word sizings[] = { { "content-box", 0 }, { "border-box", 1 }, { 0 } };
/* Paper cannot be scrolled: what would be, is cut off as browsers do in print. */
static const struct word overflows[] = { { "visible", 0 }, { "hidden", 1 }, { "clip", 1 },
	{ "auto", 1 }, { "scroll", 1 }, { 0 } };
static const struct word bidis[] = { { "normal", 0 }, { "embed", 1 }, { "isolate", 2 },
	{ "plaintext", 3 }, { "bidi-override", 4 }, { "isolate-override", 4 }, { 0 } };
static const struct word table_layouts[] = { { "auto", 0 }, { "fixed", 1 }, { 0 } };
static const struct word object_fits[] = { { "fill", FIT_FILL }, { "contain", FIT_CONTAIN },
	{ "cover", FIT_COVER }, { "none", FIT_NONE }, { "scale-down", FIT_SCALE_DOWN }, { 0 } };
static const struct word text_overflows[] = { { "clip", 0 }, { "ellipsis", 1 }, { 0 } };
static const struct word border_styles[] = { { "none", BORDER_NONE }, { "hidden", BORDER_HIDDEN },
	{ "solid", BORDER_SOLID }, { "dashed", BORDER_DASHED }, { "dotted", BORDER_DOTTED },
	{ "double", BORDER_DOUBLE }, { "groove", BORDER_SOLID }, { "ridge", BORDER_SOLID },
	{ "inset", BORDER_SOLID }, { "outset", BORDER_SOLID }, { 0 } };
static const struct word breaks[] = { { "auto", 0 }, { "avoid", 0 }, { "avoid-page", 0 },
	{ "always", 1 }, { "page", 1 }, { "left", 1 }, { "right", 1 }, { 0 } };
static const struct word flex_directions[] = { { "row", FLEX_ROW },
	{ "row-reverse", FLEX_ROW_REVERSE }, { "column", FLEX_COLUMN },
	{ "column-reverse", FLEX_COLUMN_REVERSE }, { 0 } };
static const struct word flex_wraps[] = { { "nowrap", FLEX_NOWRAP }, { "wrap", FLEX_WRAP },
	{ "wrap-reverse", FLEX_WRAP_REVERSE }, { 0 } };
static const struct word alignments[] = { { "auto", ALIGN_AUTO }, { "normal", ALIGN_NORMAL },
	{ "stretch", ALIGN_STRETCH }, { "start", ALIGN_FLEX_START }, { "left", ALIGN_FLEX_START },
	{ "flex-start", ALIGN_FLEX_START }, { "self-start", ALIGN_FLEX_START },
	{ "end", ALIGN_FLEX_END }, { "right", ALIGN_FLEX_END }, { "flex-end", ALIGN_FLEX_END },
	{ "self-end", ALIGN_FLEX_END }, { "center", ALIGN_MIDDLE },
	    { "space-between", ALIGN_BETWEEN },
	{ "space-around", ALIGN_AROUND }, { "space-evenly", ALIGN_EVENLY },
	{ "baseline", ALIGN_BASELINE }, { 0 } };
static const struct word grid_flows[] = { { "row", 0 }, { "dense", 0 }, { "column", 1 }, { 0 } };
