/*
 * A compressed font is unpacked and written to a file in memory, which
 * fontconfig is told of in a configuration of this document; Pango draws boxes
 * when it is given WOFF itself. The family name is the one in the file, so
 * @font-face's name becomes an alias for it.
 */
#include "render/html/webfont.h"

#include <fontconfig/fontconfig.h>
#include <libdeflate.h>
#include <pango/pangofc-fontmap.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "render/html/css_parse.h"
#include "render/html/picture_box.h"

#define FONT_BYTES_MAX (16u << 20)
#define FONTS_MAX 16

/* libwoff2dec speaks C++; these two functions have nothing of it but the name. */
size_t woff2_size(const uint8_t *bytes, size_t len)
    __asm__("_ZN5woff221ComputeWOFF2FinalSizeEPKhm");
bool woff2_unpack(uint8_t *out, size_t out_len, const uint8_t *bytes, size_t len)
    __asm__("_ZN5woff217ConvertWOFF2ToTTFEPhmPKhm");

static uint32_t be32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static void put32(uint8_t *p, uint32_t v)
{
	p[0] = (uint8_t)(v >> 24);
	p[1] = (uint8_t)(v >> 16);
	p[2] = (uint8_t)(v >> 8);
	p[3] = (uint8_t)v;
}

static void put16(uint8_t *p, unsigned v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

static bool unpack_table(const uint8_t *from, size_t packed, uint8_t *to, size_t len)
{
	struct libdeflate_decompressor *z;
	if (packed == len) {
		memcpy(to, from, len);
		return true;
	}
	z = libdeflate_alloc_decompressor();
	bool good = z && !libdeflate_zlib_decompress(z, from, packed, to, len, NULL);
	if (z)
		libdeflate_free_decompressor(z);
	return good;
}

/* WOFF 1.0: a TrueType file whose tables are deflated one by one. */
static struct str unpack_woff(struct arena *a, struct str s)
{
	const uint8_t *in = (const uint8_t *)s.ptr;
	if (s.len < 44)
		return STR_NONE;
	size_t tables = (size_t)in[12] << 8 | in[13], at = 12 + tables * 16, room = at;
	if (44 + tables * 20 > s.len)
		return STR_NONE;
	for (size_t i = 0; i < tables; i++)
		room += (be32(in + 44 + i * 20 + 12) + 3u) & ~(size_t)3;
	if (room > FONT_BYTES_MAX)
		return STR_NONE;
	uint8_t *out = arena_alloc(a, room);
	unsigned power = 0;
	while (2u << power <= tables)
		power++;
	memcpy(out, in + 4, 4);
	put16(out + 4, (unsigned)tables);
	put16(out + 6, 16u << power);
	put16(out + 8, power);
	put16(out + 10, (unsigned)tables * 16 - (16u << power));
	for (size_t i = 0; i < tables; i++) {
		const uint8_t *e = in + 44 + i * 20;
		uint8_t *entry = out + 12 + i * 16;
		size_t from = be32(e + 4), packed = be32(e + 8), len = be32(e + 12);
		if (from > s.len || packed > s.len - from || packed > len || at + len > room ||
		    !unpack_table(in + from, packed, out + at, len))
			return STR_NONE;
		memcpy(entry, e, 4);
		put32(entry + 4, be32(e + 16));
		put32(entry + 8, (uint32_t)at);
		put32(entry + 12, (uint32_t)len);
		at += (len + 3) & ~(size_t)3;
	}
	return (struct str){ (const char *)out, room };
}

static struct str unpack_woff2(struct arena *a, struct str s)
{
	size_t len = woff2_size((const uint8_t *)s.ptr, s.len);
	if (!len || len > FONT_BYTES_MAX)
		return STR_NONE;
	uint8_t *out = arena_alloc(a, len);
	if (!woff2_unpack(out, len, (const uint8_t *)s.ptr, s.len))
		return STR_NONE;
	return (struct str){ (const char *)out, len };
}

static struct str unpacked(struct arena *a, struct str s)
{
	if (str_starts(s, "wOFF"))
		return unpack_woff(a, s);
	if (str_starts(s, "wOF2"))
		return unpack_woff2(a, s);
	bool plain = str_starts(s, "OTTO") || str_starts(s, "true") ||
	    (s.len > 4 && !memcmp(s.ptr, "\0\1\0\0", 4));
	return plain ? s : STR_NONE;
}

static void release_fd(void *arg)
{
	close((int)(intptr_t)arg);
}

static bool write_all(int fd, struct str s)
{
	while (s.len) {
		ssize_t n = write(fd, s.ptr, s.len);
		if (n <= 0)
			return false;
		s = str_from(s, (size_t)n);
	}
	return true;
}

static bool add_font(struct doc *d, FcConfig *config, const struct font_face *f, int number)
{
	struct str type, bytes, font;
	char path[64];
	if (!picture_data_url(&d->arena, f->url, &type, &bytes))
		return false;
	font = unpacked(&d->arena, bytes);
	if (!font.ptr)
		return false;
	int fd = memfd_create("font", MFD_CLOEXEC);
	if (fd < 0)
		return false;
	arena_defer(&d->arena, release_fd, (void *)(intptr_t)fd);
	if (!write_all(fd, font))
		return false;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return FcConfigAppFontAddFile(config, (const FcChar8 *)path);
}

/* Fonts that were added since the `before` first ones get the name that CSS gave. */
static void rename_added(FcConfig *config, int before, const struct font_face *f, struct arena *a)
{
	FcFontSet *set = FcConfigGetFonts(config, FcSetApplication);
	for (int i = before; set && i < set->nfont; i++) {
		FcPattern *p = set->fonts[i];
		FcPatternDel(p, FC_FAMILY);
		FcPatternDel(p, FC_WEIGHT);
		FcPatternDel(p, FC_SLANT);
		FcPatternAddString(p, FC_FAMILY, (const FcChar8 *)arena_copy(a, f->family).ptr);
		FcPatternAddInteger(p, FC_WEIGHT, FcWeightFromOpenType((int)f->weight));
		FcPatternAddInteger(p, FC_SLANT, f->italic ? FC_SLANT_ITALIC : FC_SLANT_ROMAN);
	}
}

static void release_config(void *config)
{
	FcConfigDestroy(config);
}

static void release_map(void *map)
{
	g_object_unref(map);
}

PangoFontMap *webfont_map(struct doc *d)
{
	FcConfig *config = NULL;
	int number = 0;
	for (const struct font_face *f = d->sheet->fonts; f && number < FONTS_MAX; f = f->next) {
		if (!config) {
			config = FcInitLoadConfigAndFonts();
			arena_defer(&d->arena, release_config, config);
		}
		FcFontSet *set = FcConfigGetFonts(config, FcSetApplication);
		int before = set ? set->nfont : 0;
		if (add_font(d, config, f, number++))
			rename_added(config, before, f, &d->arena);
		else
			feature_note(d, FEATURE_LAYOUT, "font %.*s", STR_ARG(f->family));
	}
	if (!config)
		return pango_cairo_font_map_get_default();
	PangoFontMap *map = pango_cairo_font_map_new_for_font_type(CAIRO_FONT_TYPE_FT);
	arena_defer(&d->arena, release_map, map);
	pango_fc_font_map_set_config((PangoFcFontMap *)map, config);
	return map;
}
