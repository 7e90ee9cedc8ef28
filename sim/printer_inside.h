/*
 * The printer from inside, for printer*.c.
 */
#ifndef SIM_PRINTER_INSIDE_H
#define SIM_PRINTER_INSIDE_H

#include "printer.h"

void printer_update_stop(struct printer *p); /* whether the interpreter may go on */
void printer_count(struct printer *p, enum trigger trigger); /* one more; faults may fire */
void printer_send_echoes(struct printer *p); /* the process ids that are due */
void printer_end_paper(struct printer *p, enum cut kind, bool torn);
void printer_clear_now(struct printer *p); /* as printer_clear, off the interpreter's stack */
void printer_realtime(struct printer *p); /* obey p->realtime.seq */

#endif
