/*
 * An ESC/POS printer's state and identity: the poll of language escpos
 * (core/lang.h).
 *
 * Questions are asked one at a time: many printers answer late, and only the
 * order tells which question a reply belongs to. Bytes asked with are
 * control bytes; none of them puts anything on paper of a printer that knows it.
 */
#ifndef LANG_ESCPOS_STATUS_H
#define LANG_ESCPOS_STATUS_H

#include "core/lang.h"

/*
 * DLE EOT 1, 2, 4, then 3 when there is an error; by wish GS I 66, 67, 68, 65
 * and the probe for proof. That one asks for a process id only after GS I was
 * answered: very old printers would print the request.
 */
enum err escpos_status_poll(struct press *p, const struct poll_wish *wish,
    struct poll_answer *answer, struct why *why);

/* Automatic status (GS a), each packet as it comes. */
enum err escpos_status_listen(struct press *p, bool arm, struct why *why);

#endif
