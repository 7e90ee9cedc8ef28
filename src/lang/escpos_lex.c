/* A walk from each command's first byte to where it is whole; pixels in one stride. */
#include "lang/escpos_lex.h"

#include "lang/escpos_command.h"

bool escpos_lex(struct str bytes, size_t *at, struct escpos_token *t)
{
	const uint8_t *from = (const uint8_t *)bytes.ptr + *at;
	size_t left = bytes.len - *at, len = 1;
	struct escpos_walk w;
	if (!left)
		return false;
	*t = (struct escpos_token){ .bytes = from, .len = 1, .whole = true };
	if (escpos_command_opens(*from)) {
		escpos_walk_init(&w);
		escpos_walk_feed(&w, from, 1);
		while (!escpos_walk_whole(&w) && len < left) {
			size_t n = w.step == SKIPPED && w.left < left - len ? (size_t)w.left : 1;
			escpos_walk_feed(&w, from + len, n);
			len += n;
		}
		t->command = true;
		t->whole = escpos_walk_whole(&w);
		t->len = len;
	}
	*at += len;
	return true;
}
