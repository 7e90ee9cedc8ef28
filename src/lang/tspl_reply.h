/*
 * The status byte of TSPL label printers, the answer to <ESC>!? (TSC and
 * Gprinter programming manuals). Any byte may be one: nothing tells noise apart.
 */
#ifndef LANG_TSPL_REPLY_H
#define LANG_TSPL_REPLY_H

#include <stdbool.h>
#include <stdint.h>

#include "core/status.h"

void tspl_reply_facts(uint8_t b, struct facts *f);
bool tspl_reply_printing(uint8_t b);

#endif
