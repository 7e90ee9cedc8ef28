/*
 * fontconfig reads the XML below instead of /etc/fonts. Its cache is the
 * system's; a directory that is not there costs nothing.
 */
#include "render/font.h"

#include <fontconfig/fontconfig.h>
#include <pango/pangofc-fontmap.h>

static const char configuration[] =
    "<fontconfig>"
    "<dir>/usr/share/fonts</dir>"
    "<dir>/usr/local/share/fonts</dir>"
    "<cachedir>/var/cache/fontconfig</cachedir>"
    "<selectfont><rejectfont>"
    "<pattern><patelt name=\"color\"><bool>true</bool></patelt></pattern>"
    "<pattern><patelt name=\"scalable\"><bool>false</bool></patelt></pattern>"
    "</rejectfont></selectfont>"
    "</fontconfig>";

static PangoFontMap *map_create(void)
{
	PangoFontMap *map = pango_cairo_font_map_new_for_font_type(CAIRO_FONT_TYPE_FT);
	FcConfig *config = FcConfigCreate();

	FcConfigParseAndLoadFromMemory(config, (const FcChar8 *)configuration, FcTrue);
	FcConfigBuildFonts(config);
	pango_fc_font_map_set_config(PANGO_FC_FONT_MAP(map), config);
	FcConfigDestroy(config); /* the map has its own reference */
	return map;
}

static PangoContext *context_create(PangoFontMap *map, PangoDirection direction)
{
	PangoContext *context = pango_font_map_create_context(map);
	cairo_font_options_t *options = cairo_font_options_create();

	/* A glyph's advance is not to be rounded: columns are exact. */
	cairo_font_options_set_hint_metrics(options, CAIRO_HINT_METRICS_OFF);
	cairo_font_options_set_hint_style(options, CAIRO_HINT_STYLE_SLIGHT);
	cairo_font_options_set_antialias(options, CAIRO_ANTIALIAS_GRAY);
	pango_cairo_context_set_font_options(context, options);
	cairo_font_options_destroy(options);
	pango_context_set_round_glyph_positions(context, FALSE);
	pango_context_set_base_dir(context, direction);
	pango_context_set_language(context, pango_language_from_string("en"));
	return context;
}

PangoContext *font_pango(PangoDirection direction)
{
	static PangoFontMap *map;
	static PangoContext *contexts[2];
	PangoContext **context = &contexts[direction == PANGO_DIRECTION_RTL];

	if (!map)
		map = map_create();
	if (!*context)
		*context = context_create(map, direction);
	return *context;
}
