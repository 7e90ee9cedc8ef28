/* What every test program of this folder needs: cmocka, and a directory of its own. */
#ifndef TEST_SYS_H
#define TEST_SYS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static char dir[] = "/tmp/platen-sys-XXXXXX";

static inline int make_dir(void **state)
{
	return mkdtemp(dir) ? 0 : -1;
}

/* Fails if a test left something behind. */
static inline int remove_dir(void **state)
{
	return rmdir(dir);
}

/* "dir/name", valid until the next call but one. */
static inline const char *in_dir(const char *name)
{
	static char paths[2][128];
	static unsigned turn;
	char *path = paths[turn++ % 2];

	snprintf(path, sizeof(paths[0]), "%s/%s", dir, name);
	return path;
}

#endif
