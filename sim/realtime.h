/*
 * Real-time commands (DLE EOT, DLE ENQ, DLE DC4) are taken out of the raw byte
 * stream as it arrives: ahead of the receive buffer, and inside picture data
 * too, because nothing looks at the meaning of the bytes around them.
 */
#ifndef SIM_REALTIME_H
#define SIM_REALTIME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct realtime {
	uint8_t seq[12]; /* what may become a command */
	unsigned len;
};

/* Scan; returns how many bytes were looked at. If `*complete`, the last of
 * them completed the command in `seq`, and the next scan starts afresh. */
size_t realtime_scan(struct realtime *r, const uint8_t *bytes, size_t len, bool *complete);

/* Parameter bytes after 10 04 and 10 14, the first of them being `n`. */
unsigned realtime_eot_params(uint8_t n);
unsigned realtime_dc4_params(uint8_t fn);

#endif
