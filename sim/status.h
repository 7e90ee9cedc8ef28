/*
 * The state of the printer's body and the bytes in which it is told. All the
 * replies (DLE EOT, ASB, GS r) come from this one struct, so they agree.
 */
#ifndef SIM_STATUS_H
#define SIM_STATUS_H

#include <stdbool.h>
#include <stdint.h>

struct status {
	bool paper_out, paper_low;
	bool cover_open;
	bool cutter_error;     /* recoverable */
	bool mechanical_error; /* recoverable */
	bool fatal_error;      /* unrecoverable */
	bool head_hot;         /* recovers by itself */
	bool offline;          /* by a switch or a host */
	bool drawer_open;      /* the connector's pin 3 is high */
};

bool status_is_error(const struct status *s);
/* Not printing, for whichever of these reasons. */
bool status_is_offline(const struct status *s);
/* The one byte of DLE EOT n; 0 for an n that is not answered. */
uint8_t status_dle_eot(const struct status *s, uint8_t n);
void status_asb(const struct status *s, uint8_t packet[static 4]);
/* Whether the packets differ in an item that GS a `mask` watches. */
bool status_asb_differs(const uint8_t a[static 4], const uint8_t b[static 4], uint8_t mask);
uint8_t status_paper(const struct status *s);  /* GS r 1, ESC v */
uint8_t status_drawer(const struct status *s); /* GS r 2, ESC u */

#endif
