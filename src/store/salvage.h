/*
 * A damaged database: set aside whole, what can be read of it carried over into
 * a new one. Main thread, at start.
 *
 * Nothing of the damaged one is changed: its files stay as NAME.bad-TIME and
 * NAME.bad-TIME-wal. The new one takes its place in one step once it is whole,
 * so that a crash on the way leaves either the old state or the new one.
 *
 * Rows are read from both ends of each table, and one by one where both ends
 * meet damage. A job whose record does not read as one is left behind, with its
 * document and notes; ids go on well above the highest that was seen, because
 * the last ones given may be among what is lost.
 */
#ifndef STORE_SALVAGE_H
#define STORE_SALVAGE_H

#include "store/db.h"

struct salvaged {
	char text[240]; /* one sentence: where the old one is, what was carried over */
	unsigned jobs, keys, values, printers;
};

/* Replace DIR/NAME, which db_open has called damaged; closed by everybody. */
enum err salvage(const char *dir, const char *name, const struct db_schema *schema,
    struct salvaged *out, struct why *why);

#endif
