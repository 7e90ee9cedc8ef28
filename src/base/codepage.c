/*
 * The upper halves of the pages as text, so that they can be read and compared
 * with a printer's self-test; a page in use is that text sorted by code point.
 */
#include "base/codepage.h"

#include <stdlib.h>

#include "base/mem.h"
#include "base/text.h"

#define UNUSED 0xFFFD /* a byte that means nothing in this page */

struct codepage {
	const char *name;
	unsigned number;
	const char *upper; /* bytes 80 to FF */
};

static const struct codepage pages[] = {
	{ "cp437", 0,
	    "ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ¢£¥₧ƒ"
	    "áíóúñÑªº¿⌐¬½¼¡«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐"
	    "└┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀"
	    "αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■\u00a0" },
	{ "cp850", 2,
	    "ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜø£Ø×ƒ"
	    "áíóúñÑªº¿®¬½¼¡«»░▒▓│┤ÁÂÀ©╣║╗╝¢¥┐"
	    "└┴┬├─┼ãÃ╚╔╩╦╠═╬¤ðÐÊËÈıÍÎÏ┘┌█▄¦Ì▀"
	    "ÓßÔÒõÕµþÞÚÛÙýÝ¯´\u00ad±‗¾¶§÷¸°¨·¹³²■\u00a0" },
	{ "cp852", 18,
	    "ÇüéâäůćçłëŐőîŹÄĆÉĹĺôöĽľŚśÖÜŤťŁ×č"
	    "áíóúĄąŽžĘę¬źČş«»░▒▓│┤ÁÂĚŞ╣║╗╝Żż┐"
	    "└┴┬├─┼Ăă╚╔╩╦╠═╬¤đĐĎËďŇÍÎě┘┌█▄ŢŮ▀"
	    "ÓßÔŃńňŠšŔÚŕŰýÝţ´\u00ad˝˛ˇ˘§÷¸°¨˙űŘř■\u00a0" },
	{ "cp858", 19,
	    "ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜø£Ø×ƒ"
	    "áíóúñÑªº¿®¬½¼¡«»░▒▓│┤ÁÂÀ©╣║╗╝¢¥┐"
	    "└┴┬├─┼ãÃ╚╔╩╦╠═╬¤ðÐÊËÈ€ÍÎÏ┘┌█▄¦Ì▀"
	    "ÓßÔÒõÕµþÞÚÛÙýÝ¯´\u00ad±‗¾¶§÷¸°¨·¹³²■\u00a0" },
	{ "cp866", 17,
	    "АБВГДЕЖЗИЙКЛМНОПРСТУФХЦЧШЩЪЫЬЭЮЯ"
	    "абвгдежзийклмноп░▒▓│┤╡╢╖╕╣║╗╝╜╛┐"
	    "└┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀"
	    "рстуфхцчшщъыьэюяЁёЄєЇїЎў°∙·√№¤■\u00a0" },
	{ "cp1252", 16,
	    "€�‚ƒ„…†‡ˆ‰Š‹Œ�Ž��‘’“”•–—˜™š›œ�žŸ"
	    "\u00a0¡¢£¤¥¦§¨©ª«¬\u00ad®¯°±²³´µ¶·¸¹º»¼½¾¿"
	    "ÀÁÂÃÄÅÆÇÈÉÊËÌÍÎÏÐÑÒÓÔÕÖ×ØÙÚÛÜÝÞß"
	    "àáâãäåæçèéêëìíîïðñòóôõö÷øùúûüýþÿ" },
};

const struct codepage *codepage_find(struct str name)
{
	for (size_t i = 0; i < COUNT_OF(pages); i++)
		if (str_is_nocase(name, pages[i].name))
			return &pages[i];
	return NULL;
}

unsigned codepage_number(const struct codepage *page)
{
	return page->number;
}

struct place {
	uint32_t code;
	uint8_t byte;
};

static int by_code(const void *a, const void *b)
{
	uint32_t x = ((const struct place *)a)->code, y = ((const struct place *)b)->code;

	return x < y ? -1 : x > y;
}

static void sort_page(const struct codepage *page, struct place places[static 128])
{
	struct str upper = str_of(page->upper);
	size_t at = 0;

	for (size_t i = 0; i < 128; i++)
		places[i] = (struct place){ utf8_next(upper, &at), (uint8_t)(0x80 + i) };
	qsort(places, 128, sizeof places[0], by_code);
}

static uint8_t byte_of(const struct place places[static 128], uint32_t code)
{
	struct place key = { .code = code };
	const struct place *found = NULL;

	if (code < 0x80)
		return (uint8_t)code;
	if (code != UNUSED)
		found = bsearch(&key, places, 128, sizeof key, by_code);
	return found ? found->byte : '?';
}

static bool is_control(uint32_t code)
{
	return code < 0x20 || (code >= 0x7f && code < 0xa0);
}

bool codepage_encode(const struct codepage *page, struct str text, struct buf *out)
{
	struct place places[128];
	size_t at = 0;

	sort_page(page, places);
	while (at < text.len && !out->failed) {
		uint32_t code = utf8_next(text, &at);

		if (code == '\n' || !is_control(code))
			buf_add_byte(out, byte_of(places, code));
	}
	return !out->failed;
}
