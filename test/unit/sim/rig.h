/*
 * A printer without a wire: what it says and prints is collected as text and
 * pictures. Time stands still until a test moves it.
 */
#ifndef TEST_SIM_RIG_H
#define TEST_SIM_RIG_H

#include "base/buf.h"
#include "gfx/bitmap.h"
#include "printer.h"

struct rig {
	struct printer printer;
	struct script *script;
	int64_t now_us;
	struct buf replies; /* raw */
	struct buf papers;  /* JSON, one line each */
	struct buf events;  /* "name{fields}\n" */
	struct buf wires;   /* one letter each: R C H L r h D */
	struct bitmap last; /* the dots of the last paper */
	struct buf dots;    /* digest of all papers' dots */
	unsigned count;
};

void rig_open(struct rig *r, const char *model, const char *script);
void rig_open_with(struct rig *r, const struct printer_options *options, const char *script);
void rig_close(struct rig *r);
void rig_send(struct rig *r, const void *bytes, size_t len);
void rig_wait(struct rig *r, int64_t ms); /* as a timer would */
void rig_do(struct rig *r, const char *action);

#define SEND(rig, literal) rig_send((rig), (literal), sizeof(literal) - 1)

#endif
