/*
 * What the daemon and platen-render say to each other, over sockets that keep
 * messages apart (SOCK_SEQPACKET).
 *
 * A request goes with three descriptors: the document (a sealed memfd), the
 * spool (render/spool.h) and a socket of its own for the answer. On that
 * socket come single bytes: ANSWER_MORE, look into the spool; ANSWER_CACHED, with
 * the descriptor of an older spool that holds the whole answer; ANSWER_PICTURE,
 * with that of a picture to be rendered instead (web.c) and a note as in an ending;
 * ANSWER_ENDED, followed by an ending, from whoever buried the child. The
 * daemon gives up by closing it.
 */
#ifndef RENDER_MESSAGE_H
#define RENDER_MESSAGE_H

#include <sys/types.h>

#include "core/render.h"

#define REQUEST_BYTES_MAX 8192
#define ENDING_BYTES_MAX 2048
#define REQUEST_CODEPAGES_MAX 96
#define KEY_BYTES 32

enum { REQUEST_DOCUMENT, REQUEST_SPOOL, REQUEST_SOCKET, REQUEST_FDS };
enum { ANSWER_MORE = 'M', ANSWER_CACHED = 'C', ANSWER_PICTURE = 'P', ANSWER_ENDED = 'E' };

struct render_request {
	struct render_options options;
	uint8_t key[KEY_BYTES]; /* of document and options */
	/* What options.abilities.codepages points to after request_read. */
	const char *codepages[REQUEST_CODEPAGES_MAX + 1];
	char names[REQUEST_CODEPAGES_MAX][24];
};

/* How a rendering ended. */
struct ending {
	enum err err;
	struct why why;
	struct render_note note;
	bool handover; /* to Chromium; see task_handover */
};

void request_write(const struct render_request *r, struct buf *out);
enum err request_read(struct str bytes, struct render_request *r, struct why *why);
/* The part of a request that says how to render, for the key. */
void request_write_options(const struct render_options *o, struct buf *out);

void ending_write(const struct ending *e, struct buf *out);
enum err ending_read(struct str bytes, struct ending *e, struct why *why);

/* One message with `count` descriptors. False: the other side is gone or full (errno). */
bool message_send(int fd, struct str bytes, const int *fds, size_t count, int flags);
/* Up to `count` descriptors, close-on-exec; those not sent are -1. 0: the end; -1: errno. */
ssize_t message_receive(int fd, void *bytes, size_t size, int *fds, size_t count, int flags);

#endif
