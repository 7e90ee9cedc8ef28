/*
 * Text and codes in Star's own commands. A line ends with a feed of its height
 * (ESC I), so that it takes the rows that the sheet gave it.
 */
#include "base/codepage.h"
#include "base/mem.h"
#include "base/text.h"
#include "core/profile.h"
#include "gfx/barcode.h"
#include "lang/star_compose.h"

#define FEED_MOST 255
#define LARGEST 6 /* ESC i */
#define BAR_HEIGHT 80

/* ESC GS t of Star's own table, where the model is not known. */
static const struct profile_page pages[] = {
	{ 1, "cp437" }, { 4, "cp858" }, { 5, "cp852" }, { 10, "cp866" }, { 32, "cp1252" },
};

const struct codepage *star_page(const struct profile *p, unsigned number)
{
	bool known = p && p->features & HAS_STAR && p->pages[0].name;
	const struct profile_page *own = known ? p->pages : pages;
	size_t count = known ? SIZE_MAX : COUNT_OF(pages);
	for (size_t i = 0; i < count && own[i].name; i++)
		if (own[i].number == number)
			return codepage_find(str_of(own[i].name));
	return codepage_find(STR("cp437"));
}

static void two(struct buf *out, uint8_t code)
{
	const uint8_t bytes[] = { 0x1B, code };
	buf_add(out, bytes, sizeof(bytes));
}

static void three(struct buf *out, uint8_t code, unsigned n)
{
	const uint8_t bytes[] = { 0x1B, code, (uint8_t)n };
	buf_add(out, bytes, sizeof(bytes));
}

static void group(struct buf *out, uint8_t group, uint8_t code, unsigned n)
{
	const uint8_t bytes[] = { 0x1B, group, code, (uint8_t)n };
	buf_add(out, bytes, sizeof(bytes));
}

void star_align(struct star_composer *c, enum align align, struct buf *out)
{
	if (c->align == align)
		return;
	c->align = (uint8_t)align;
	group(out, 0x1D, 'a', align);
}

static uint8_t size(uint8_t times)
{
	return times < 1 ? 1 : times > LARGEST ? LARGEST : times;
}

static void set_style(struct star_composer *c, const struct run *r, struct buf *out)
{
	uint8_t wide = size(r->wide), high = size(r->high);
	if (c->font_b != r->font_b)
		group(out, 0x1E, 'F', r->font_b);
	if (c->bold != r->bold)
		two(out, r->bold ? 'E' : 'F');
	if (c->underline != r->underline)
		three(out, '-', r->underline);
	if (c->invert != r->invert)
		two(out, r->invert ? '4' : '5');
	if (c->wide != wide || c->high != high)
		group(out, 'i', (uint8_t)(high - 1), wide - 1u);
	c->font_b = r->font_b;
	c->bold = r->bold;
	c->underline = r->underline;
	c->invert = r->invert;
	c->wide = wide;
	c->high = high;
}

static int number_of(const struct composing *setup, const char *name)
{
	if (setup->profile && setup->profile->features & HAS_STAR)
		return profile_page_number(setup->profile, name);
	for (size_t i = 0; i < COUNT_OF(pages); i++)
		if (str_is(str_of(name), pages[i].name))
			return pages[i].number;
	return -1;
}

static const char *page_with(const struct composing *setup, uint32_t code)
{
	const char *const *names = setup->abilities->codepages;
	for (; names && *names; names++) {
		const struct codepage *page = codepage_find(str_of(*names));
		if (page && codepage_byte(page, code) && number_of(setup, *names) >= 0)
			return *names;
	}
	return NULL;
}

static uint8_t encode(struct star_composer *c, const struct composing *setup, uint32_t code,
    struct buf *out)
{
	if (code < 0x80)
		return code < 0x20 || code == 0x7f ? 0 : (uint8_t)code;
	if (!c->page || !codepage_byte(codepage_find(str_of(c->page)), code)) {
		c->page = page_with(setup, code);
		if (!c->page)
			return 0;
		group(out, 0x1D, 't', (unsigned)number_of(setup, c->page));
	}
	return codepage_byte(codepage_find(str_of(c->page)), code);
}

static enum err characters(struct star_composer *c, const struct composing *setup,
    struct str text, struct buf *out, struct why *why)
{
	for (size_t at = 0; at < text.len;) {
		uint32_t code = utf8_next(text, &at);
		uint8_t byte = encode(c, setup, code, out);
		if (!byte)
			return why_fail(why, E_UNSUPPORTED,
			    "The printer has no letter for U+%04X", (unsigned)code);
		buf_add_byte(out, byte);
	}
	return E_OK;
}

enum err star_letters(struct star_composer *c, const struct composing *setup,
    const struct step *s, struct buf *out, struct why *why)
{
	unsigned height = 0;
	enum err err = E_OK;
	star_align(c, s->align, out);
	for (size_t i = 0; i < s->run_count && !err; i++) {
		const struct run *r = &s->runs[i];
		unsigned cell = r->font_b ? setup->abilities->cell_height_b :
		    setup->abilities->cell_height;
		height = cell * size(r->high) > height ? cell * size(r->high) : height;
		set_style(c, r, out);
		err = characters(c, setup, r->text, out, why);
	}
	if (!height)
		height = setup->abilities->cell_height;
	three(out, 'I', height < FEED_MOST ? height : FEED_MOST);
	return err;
}

/* ESC b n1 n2 n3 n4 data RS */
static const struct {
	enum symbology symbology;
	uint8_t n;
} bars[] = {
	{ SYM_UPC_E, '0' }, { SYM_UPC_A, '1' }, { SYM_EAN8, '2' }, { SYM_EAN13, '3' },
	{ SYM_CODE39, '4' }, { SYM_ITF, '5' }, { SYM_CODE128, '6' }, { SYM_CODE93, '7' },
	{ SYM_CODABAR, '8' },
};

static void qr(const struct step *s, struct buf *out)
{
	unsigned module = s->module < 1 ? 4 : s->module > 8 ? 8 : s->module;
	const uint8_t set[] = { 0x1B, 0x1D, 'y', 'S', '0', 2, 0x1B, 0x1D, 'y', 'S', '1',
		s->level ? (uint8_t)((s->level - 1) & 3) : 1, 0x1B, 0x1D, 'y', 'S', '2',
		(uint8_t)module };
	const uint8_t data[] = { 0x1B, 0x1D, 'y', 'D', '1', 0, (uint8_t)s->content.len,
		(uint8_t)(s->content.len >> 8) };
	static const uint8_t print[] = { 0x1B, 0x1D, 'y', 'P' };
	buf_add(out, set, sizeof(set));
	buf_add(out, data, sizeof(data));
	buf_add_str(out, s->content);
	buf_add(out, print, sizeof(print));
}

enum err star_code(struct star_composer *c, const struct step *s, struct buf *out,
    struct why *why)
{
	unsigned height = s->height ? s->height : BAR_HEIGHT;
	star_align(c, s->align, out);
	if (s->symbology == SYM_QR) {
		qr(s, out);
		return E_OK;
	}
	for (size_t i = 0; i < COUNT_OF(bars); i++) {
		if ((int)bars[i].symbology != s->symbology)
			continue;
		const uint8_t head[] = { 0x1B, 'b', bars[i].n, s->hri ? '2' : '1',
			s->module > 3 ? '3' : s->module > 2 ? '2' : '1',
			(uint8_t)(height < FEED_MOST ? height : FEED_MOST) };
		buf_add(out, head, sizeof(head));
		buf_add_str(out, s->content);
		buf_add_byte(out, 0x1E);
		return E_OK;
	}
	return why_fail(why, E_UNSUPPORTED, "The printer cannot draw this code itself");
}
