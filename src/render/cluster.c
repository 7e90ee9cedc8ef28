/*
 * Enough of UAX 29 for receipts: marks, joiners, variation selectors, skin
 * tones, flags. Widths are GLib's table of UAX 11.
 */
#include "render/cluster.h"

#include <glib.h>

#include "base/mem.h"
#include "base/text.h"

enum {
	ZWJ = 0x200d,
	EMOJI_STYLE = 0xfe0f,
	TONE_FIRST = 0x1f3fb, TONE_LAST = 0x1f3ff,
	FLAG_FIRST = 0x1f1e6, FLAG_LAST = 0x1f1ff,
	TAG_FIRST = 0xe0020, TAG_LAST = 0xe007f,
};

struct range {
	uint32_t first, last;
};

/* Blocks of scripts that are shaped, and the characters that direct them. */
static const struct range shaped[] = {
	{ 0x0590, 0x08ff },   /* Hebrew, Arabic, Syriac, Thaana, NKo, Samaritan, Mandaic */
	{ 0x0900, 0x0fff },   /* Indic scripts, Thai, Lao, Tibetan */
	{ 0x1000, 0x109f },   /* Myanmar */
	{ 0x1780, 0x18af },   /* Khmer, Mongolian */
	{ 0x1900, 0x1c7f },   /* Limbu to Ol Chiki */
	{ 0x1cd0, 0x1cff },   /* Vedic extensions */
	{ 0x200e, 0x200f }, { 0x202a, 0x202e }, { 0x2066, 0x2069 },
	{ 0xa800, 0xa82f }, { 0xa840, 0xa95f }, { 0xa980, 0xabff },
	{ 0xfb1d, 0xfdff }, { 0xfe70, 0xfefe }, /* presentation forms */
	{ 0x10800, 0x11fff },
	{ 0x1e800, 0x1efff },
};

static bool is_shaped(uint32_t code)
{
	for (size_t i = 0; i < COUNT_OF(shaped) && code >= shaped[i].first; i++)
		if (code <= shaped[i].last)
			return true;
	return false;
}

static bool within(uint32_t code, uint32_t first, uint32_t last)
{
	return code >= first && code <= last;
}

static bool is_rtl_script(uint32_t code)
{
	return within(code, 0x590, 0x8ff) || within(code, 0xfb1d, 0xfdff) ||
	       within(code, 0xfe70, 0xfefe) || within(code, 0x10800, 0x10fff) ||
	       within(code, 0x1e800, 0x1efff);
}

static bool extends(uint32_t code)
{
	return code == ZWJ || within(code, TONE_FIRST, TONE_LAST) ||
	       within(code, TAG_FIRST, TAG_LAST) ||
	       (code >= 0x300 && g_unichar_iszerowidth(code) && !within(code, 0x200b, 0x200b));
}

static unsigned cells_of(uint32_t code)
{
	if (code < 0x300)
		return 1;
	if (within(code, FLAG_FIRST, FLAG_LAST) || g_unichar_iswide(code))
		return 2;
	return g_unichar_iszerowidth(code) ? 0 : 1;
}

/* Past what belongs to the character before `at`; marks what makes it wide. */
static size_t past_extensions(struct str text, size_t at, size_t limit, struct cluster *c)
{
	bool joined = false;
	bool flag = within(c->code, FLAG_FIRST, FLAG_LAST);

	while (at < limit) {
		size_t next = at;
		uint32_t code = utf8_next(text, &next);
		if (next > limit)
			break;
		if (flag && within(code, FLAG_FIRST, FLAG_LAST))
			flag = false;
		else if (!joined && !extends(code))
			break;
		if (code == EMOJI_STYLE)
			c->cells = 2;
		joined = code == ZWJ && c->cells == 2;
		at = next;
	}
	return at;
}

struct cluster cluster_next(struct str text, size_t at)
{
	struct cluster c = { 0 };
	size_t start = at;

	if (at >= text.len)
		return c;
	size_t limit = text.len - at > CLUSTER_BYTES_MAX ? at + CLUSTER_BYTES_MAX : text.len;
	c.code = utf8_next(text, &at);
	c.shaped = is_shaped(c.code);
	c.cells = c.shaped ? 0 : cells_of(c.code);
	if (at < text.len && (uint8_t)text.ptr[at] >= 0x80)
		at = past_extensions(text, at, limit, &c);
	c.len = at - start;
	return c;
}

/* Punctuation that never begins, never ends a line of CJK. */
static bool is_one_of(uint32_t code, const char *set)
{
	struct str s = str_of(set);

	for (size_t at = 0; at < s.len;)
		if (utf8_next(s, &at) == code)
			return true;
	return false;
}

bool cluster_breaks(const struct cluster *a, const struct cluster *b)
{
	if (a->code == '-')
		return g_unichar_isalpha(b->code);
	if (a->cells != 2 && b->cells != 2)
		return false;
	return !is_one_of(b->code, "、。，．・：；？！ー々」』）】〉》〕］｝ぁぃぅぇぉっゃゅょァィゥェォッャュョ%,.:;!?)]}") &&
	       !is_one_of(a->code, "「『（【〈《〔［｛￥＄([{$¥");
}

bool cluster_is_rtl(struct str text)
{
	for (size_t at = 0; at < text.len;) {
		uint32_t code = utf8_next(text, &at);
		if (code == 0x200f || code == 0x202b || code == 0x2067 ||
		    (is_rtl_script(code) && g_unichar_isalpha(code)))
			return true;
		if (g_unichar_isalpha(code))
			return false;
	}
	return false;
}
