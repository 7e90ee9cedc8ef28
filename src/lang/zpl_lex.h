/*
 * ZPL II as a row of commands (Zebra's ZPL II programming guide): a caret or tilde, two
 * letters (^A has one), and parameters up to the next caret or tilde. ^GFB and ~DY
 * carry counted bytes that may look like anything.
 *
 * Formats that change the command characters are not followed (^CC, ~CT): the byte
 * policy refuses them.
 */
#ifndef LANG_ZPL_LEX_H
#define LANG_ZPL_LEX_H

#include "core/lang.h"

struct zpl_command {
	char prefix;        /* '^', '~', or 0: bytes between commands */
	char name[3];       /* in capitals */
	struct str params;  /* of counted ones: up to the bytes */
	struct str data;
};

bool zpl_lex(struct str bytes, size_t *at, struct zpl_command *c);
/* The next parameter; `*params` gets the rest. */
struct str zpl_param(struct str *params);
unsigned zpl_number(struct str param);
/*
 * ASCII graphic data in ZPL's compression, or plain hex, into at most `size` bytes of
 * `stride` a row. Returns how many were filled.
 */
size_t zpl_unpack(struct str text, size_t stride, uint8_t *out, size_t size);
void zpl_examine(const struct document *doc, struct finding *f);

#endif
