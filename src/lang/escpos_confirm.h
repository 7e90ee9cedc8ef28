/*
 * An ESC/POS printer's own word that a job came out: the confirm of language
 * escpos (core/lang.h).
 *
 * It waits for the echo of a process id (EVIDENCE_PRINTED), for the answer to
 * GS r 1 (EVIDENCE_ORDERED) or for a status without fault (EVIDENCE_STATUS;
 * EVIDENCE_SENT when there is no answer at all). Answers that the document
 * itself asked for are counted off; where they cannot be counted, the status
 * has to do. A process id that we did not send is nobody's word.
 *
 * The state is asked once a second meanwhile, or four times in all if that is
 * sooner; how long is in lang/patience.h.
 */
#ifndef LANG_ESCPOS_CONFIRM_H
#define LANG_ESCPOS_CONFIRM_H

#include "core/lang.h"

enum err escpos_confirm(struct press *p, enum proof proof, const char token[4],
    enum evidence *evidence, struct why *why);

#endif
