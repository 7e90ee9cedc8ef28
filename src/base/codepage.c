/*
 * The upper halves of the pages stand in codepage.def as text; the first use sorts
 * them by code point, once for the whole program.
 */
#include "base/codepage.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/mem.h"
#include "base/text.h"

#define UNUSED 0xFFFD /* a byte that means nothing in this page */
#define UPPER 128
#define NO_NUMBER (-1)

struct codepage {
	const char *name;
	int number;
	const char *upper; /* bytes 80 to FF */
};

static const struct codepage pages[] = {
#define CODEPAGE(name, number, upper) { name, number, upper },
#include "base/codepage.def"
#undef CODEPAGE
};

struct place {
	uint16_t code;
	uint8_t byte;
};

static struct {
	struct place places[UPPER]; /* by code */
	uint16_t codes[UPPER];      /* by byte */
} tables[COUNT_OF(pages)];
static pthread_once_t tables_made = PTHREAD_ONCE_INIT;

static int by_code(const void *a, const void *b)
{
	return ((const struct place *)a)->code - ((const struct place *)b)->code;
}

static void make_tables(void)
{
	for (size_t p = 0; p < COUNT_OF(pages); p++) {
		struct str upper = str_of(pages[p].upper);
		size_t at = 0;
		for (unsigned i = 0; i < UPPER; i++) {
			uint16_t code = (uint16_t)utf8_next(upper, &at);
			tables[p].codes[i] = code;
			tables[p].places[i] = (struct place){ code, (uint8_t)(UPPER + i) };
		}
		qsort(tables[p].places, UPPER, sizeof(struct place), by_code);
	}
}

const struct codepage *codepage_find(struct str name)
{
	for (size_t i = 0; i < COUNT_OF(pages); i++)
		if (str_is_nocase(name, pages[i].name))
			return &pages[i];
	return NULL;
}

int codepage_number(const struct codepage *page)
{
	return page->number;
}

const struct codepage *codepage_numbered(unsigned number)
{
	for (size_t i = 0; i < COUNT_OF(pages); i++)
		if (pages[i].number == (int)number)
			return &pages[i];
	return NULL;
}

uint8_t codepage_byte(const struct codepage *page, uint32_t code)
{
	struct place key = { .code = (uint16_t)code };

	if (code < 0x80)
		return code < 0x20 || code == 0x7f ? 0 : (uint8_t)code;
	if (code >= UNUSED)
		return 0;
	pthread_once(&tables_made, make_tables);
	const struct place *found = bsearch(&key, tables[page - pages].places, UPPER,
	    sizeof key, by_code);
	return found ? found->byte : 0;
}

uint32_t codepage_code(const struct codepage *page, uint8_t byte)
{
	if (byte < 0x80)
		return byte;
	pthread_once(&tables_made, make_tables);
	uint32_t code = tables[page - pages].codes[byte - UPPER];
	return code == UNUSED ? 0 : code;
}

bool codepage_has(const struct codepage *page, struct str text)
{
	size_t at = 0;

	while (at < text.len)
		if (!codepage_byte(page, utf8_next(text, &at)))
			return false;
	return true;
}

static bool is_control(uint32_t code)
{
	return code < 0x20 || (code >= 0x7f && code < 0xa0);
}

bool codepage_encode(const struct codepage *page, struct str text, struct buf *out)
{
	size_t at = 0;

	while (at < text.len && !out->failed) {
		uint32_t code = utf8_next(text, &at);
		uint8_t byte = codepage_byte(page, code);

		if (code == '\n' || byte)
			buf_add_byte(out, code == '\n' ? '\n' : byte);
		else if (!is_control(code))
			buf_add_byte(out, '?');
	}
	return !out->failed;
}
