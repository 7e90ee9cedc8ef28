/*
 * Each key of a property is a row: its name, its short name, what it sets.
 */
#include <string.h>
#include <strings.h>

#include "base/mem.h"
#include "base/text.h"
#include "render/receipt/receiptline.h"

struct line_state line_state_initial(void)
{
	return (struct line_state){ .align = ALIGN_CENTER, .gap = 1, .symbology = SYM_CODE128,
		.module = 2, .height = 72, .cell = 3, .level = 1 };
}

/* The next word of a list: commas separate, so do blanks. */
static bool next_word(struct str *list, struct str *word)
{
	size_t len = 0, at;

	if (!list->ptr)
		return false;
	while (len < list->len && !strchr(", \t\n", list->ptr[len]))
		len++;
	*word = str_head(*list, len);
	for (at = len; at < list->len && strchr(" \t\n", list->ptr[at]); at++)
		;
	if (at < list->len && list->ptr[at] == ',')
		for (at++; at < list->len && strchr(" \t\n", list->ptr[at]); at++)
			;
	*list = at < list->len || (at > len && list->ptr[at - 1] == ',') ? str_from(*list, at)
	    : STR_NONE;
	if (list->len == 0)
		*list = STR_NONE;
	return true;
}

/* --- what each key sets ------------------------------------------------------------ */

static void set_image(struct line_property *p, struct line_state *s, struct str value)
{
	(void)s;
	p->has_image = true;
	buf_clear(&p->image);
	base64_decode(value, &p->image);
}

static void set_code(struct line_property *p, struct line_state *s, struct str value)
{
	(void)s;
	p->has_code = true;
	buf_clear(&p->code);
	buf_add_str(&p->code, value);
}

static const struct {
	const char *word;
	int symbology;
} symbologies[] = {
	{ "upc", LINE_UPC }, { "ean", LINE_EAN }, { "jan", LINE_EAN }, { "code39", SYM_CODE39 },
	{ "itf", SYM_ITF }, { "codabar", SYM_CODABAR }, { "nw7", SYM_CODABAR },
	{ "code93", SYM_CODE93 }, { "code128", SYM_CODE128 }, { "qrcode", SYM_QR },
};

/* Two ranges overlap: which one is meant is known when a code is printed. */
static void set_option_number(struct line_state *s, uint64_t n)
{
	if (n >= 2 && n <= 4)
		s->module = (unsigned)n;
	if (n >= 3 && n <= 8)
		s->cell = (unsigned)n;
	if (n >= 24 && n <= 240)
		s->height = (unsigned)n;
}

static void set_option_word(struct line_state *s, struct str word)
{
	static const char levels[] = "lmqh";
	uint64_t n;

	for (size_t i = 0; i < COUNT_OF(symbologies); i++)
		if (str_is_nocase(word, symbologies[i].word))
			s->symbology = symbologies[i].symbology;
	if (str_is_nocase(word, "hri"))
		s->hri = true;
	else if (str_is_nocase(word, "nohri"))
		s->hri = false;
	else if (str_to_u64(word, &n))
		set_option_number(s, n);
	else if (word.len == 1 && strchr(levels, word.ptr[0] | 0x20))
		s->level = (unsigned)(strchr(levels, word.ptr[0] | 0x20) - levels) + 1;
}

static void set_option(struct line_property *p, struct line_state *s, struct str value)
{
	struct line_state fresh = line_state_initial();
	struct str word;

	(void)p;
	s->symbology = fresh.symbology;
	s->module = fresh.module;
	s->height = fresh.height;
	s->cell = fresh.cell;
	s->level = fresh.level;
	s->hri = false;
	while (next_word(&value, &word))
		set_option_word(s, word);
}

static void set_align(struct line_property *p, struct line_state *s, struct str value)
{
	(void)p;
	if (str_is_nocase(value, "left"))
		s->align = ALIGN_START;
	else if (str_is_nocase(value, "center"))
		s->align = ALIGN_CENTER;
	else if (str_is_nocase(value, "right"))
		s->align = ALIGN_END;
}

static void set_width(struct line_property *p, struct line_state *s, struct str value)
{
	struct str word;
	uint64_t n;

	(void)p;
	s->width_count = 0;
	if (str_is_nocase(value, "auto") || value.len == 0)
		return;
	while (next_word(&value, &word) && s->width_count < RECEIPT_CELLS_MAX) {
		unsigned width = 0;
		if (str_is(word, "*"))
			width = (unsigned)LINE_WIDTH_REST;
		else if (str_to_u64(word, &n))
			width = n < 1000 ? (unsigned)n : 1000;
		s->widths[s->width_count++] = width;
	}
}

static void set_border(struct line_property *p, struct line_state *s, struct str value)
{
	static const struct {
		const char *word;
		unsigned gap;
	} words[] = { { "space", 1 }, { "none", 0 }, { "0", 0 }, { "1", 1 }, { "2", 2 } };

	p->border = true;
	if (str_is_nocase(value, "line"))
		s->lined = true;
	for (size_t i = 0; i < COUNT_OF(words); i++) {
		if (!str_is_nocase(value, words[i].word))
			continue;
		s->lined = false;
		s->gap = words[i].gap;
	}
}

static void set_text(struct line_property *p, struct line_state *s, struct str value)
{
	(void)p;
	if (str_is_nocase(value, "wrap"))
		s->nowrap = false;
	else if (str_is_nocase(value, "nowrap"))
		s->nowrap = true;
}

static void set_command(struct line_property *p, struct line_state *s, struct str value)
{
	(void)s;
	p->has_command = value.len > 0;
}

static const struct {
	const char *key, *abbreviation;
	void (*set)(struct line_property *p, struct line_state *s, struct str value);
} keys[] = {
	{ "image", "i", set_image }, { "code", "c", set_code }, { "option", "o", set_option },
	{ "align", "a", set_align }, { "width", "w", set_width }, { "border", "b", set_border },
	{ "text", "t", set_text }, { "command", "x", set_command },
};

/* --- reading --------------------------------------------------------------------------- */

/* The next member, escapes still in it. */
static struct str next_member(struct str *text)
{
	size_t len = 0;

	while (len < text->len && text->ptr[len] != ';')
		len += text->ptr[len] == '\\' && len + 1 < text->len ? 2 : 1;
	struct str member = str_head(*text, len);
	*text = str_from(*text, len + 1);
	return member;
}

static size_t add_escaped(struct buf *out, struct str rest)
{
	if (rest.len > 0 && rest.ptr[0] && strchr("\\|{};", rest.ptr[0]))
		buf_add_byte(out, (uint8_t)rest.ptr[0]);
	if (rest.len > 0 && rest.ptr[0] == 'n')
		buf_add_byte(out, '\n');
	if (rest.len > 2 && rest.ptr[0] == 'x' && hex_decode((struct str){ rest.ptr + 1, 2 }, out))
		return 3;
	return 1;
}

static void unescape(struct str value, struct buf *out)
{
	for (size_t at = 0; at < value.len;) {
		if (value.ptr[at] == '\\')
			at += 1 + add_escaped(out, str_from(value, at + 1));
		else
			buf_add_byte(out, (uint8_t)value.ptr[at++]);
	}
}

static void read_member(struct line_property *p, struct line_state *s, struct str member)
{
	struct str value, key = str_trim(str_cut(member, ':', &value));
	struct buf plain;

	buf_init(&plain, member.len + 8);
	for (size_t i = 0; i < COUNT_OF(keys); i++) {
		if (!str_is(key, keys[i].key) && !str_is(key, keys[i].abbreviation))
			continue;
		unescape(str_trim(value), &plain);
		keys[i].set(p, s, buf_str(&plain));
		break;
	}
	buf_finish(&plain);
}

void line_property_read(struct line_property *p, struct line_state *s, struct str text)
{
	while (text.len > 0)
		read_member(p, s, next_member(&text));
}

/* --- codes -------------------------------------------------------------------------------- */

/* UPC and EAN are told apart by their length; the check digit may be left out. */
static int by_length(int symbology, size_t len)
{
	if (symbology == LINE_EAN)
		return len == 12 || len == 13 ? SYM_EAN13 : len == 7 || len == 8 ? SYM_EAN8 : -1;
	if (symbology == LINE_UPC)
		return len == 11 || len == 12 ? SYM_UPC_A : len >= 6 && len <= 8 ? SYM_UPC_E : -1;
	return symbology;
}

bool line_property_code(const struct line_state *s, struct str content, struct receipt_code *out)
{
	int symbology = by_length(s->symbology, content.len);

	*out = (struct receipt_code){ .content = content, .module = s->module,
		.height = s->height, .hri = s->hri };
	if (symbology < 0)
		return false;
	out->symbology = (enum symbology)symbology;
	if (symbology == SYM_QR) {
		out->module = s->cell;
		out->level = s->level;
	}
	return true;
}
