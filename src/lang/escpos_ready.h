/*
 * Whether an ESC/POS printer reads commands, before a job that is to be proven
 * and follows a connection that broke off: the ready of language escpos
 * (core/lang.h).
 *
 * Such a connection may leave a printer waiting for the rest of a
 * command or picture. It would swallow the beginning of the next job, and yet
 * return the process id behind it: a proof of half a ticket. So a mark goes
 * ahead, of the kind that proves the job, and must come back before anything
 * of the job leaves. If it does not, zeros fill up what may be missing, which
 * prints nothing elsewhere, and a second mark follows.
 */
#ifndef LANG_ESCPOS_READY_H
#define LANG_ESCPOS_READY_H

#include "core/lang.h"

enum err escpos_ready(struct press *p, enum proof proof, const char token[4], bool *sure,
    struct why *why);

#endif
