/*
 * The PrinterWebSocket dialect's own parts: printerwebsocket.c reads messages,
 * printerwebsocket_reply.c writes what clients are told. request.call is one of
 * enum printerwebsocket_call, request.arena the printer's name as the client has it.
 */
#ifndef FRONT_PRINTERWEBSOCKET_H
#define FRONT_PRINTERWEBSOCKET_H

#include "core/front.h"

enum printerwebsocket_call { CALL_NONE, CALL_FIND, CALL_VERSION, CALL_PRINT, CALL_STATUS };

/* What is kept of a client. */
struct till {
	unsigned prints; /* not yet answered */
};

/* The name that clients see: its label, which may have blanks, or its title. */
const char *printerwebsocket_name(const struct printer_block *b);

/* struct messages */
void printerwebsocket_reply(const struct request *q, const struct reply *r, struct buf *out);
void printerwebsocket_begun(const struct request *q, const struct job *job, struct buf *out);
bool printerwebsocket_notice(struct platen *p, const struct device *d, struct buf *out);

#endif
