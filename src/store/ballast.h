/*
 * A file that only takes up room. When the disk is full it is given up, so
 * that what was accepted can still be settled; while it is gone nothing new should
 * be accepted, and it is made again as soon as there is room for twice its size.
 * It is larger than the log of the database, so that the log's content always
 * finds room there.
 */
#ifndef STORE_BALLAST_H
#define STORE_BALLAST_H

#include <limits.h>
#include <stdbool.h>

#define BALLAST_BYTES (8l << 20)

struct ballast {
	char path[PATH_MAX];
	bool there;
};

/* Made at once if the disk has room. */
void ballast_init(struct ballast *b, const char *dir);
void ballast_release(struct ballast *b);
/* Whether it is there, made again if it can be. Cheap while it is there. */
bool ballast_restore(struct ballast *b);

#endif
