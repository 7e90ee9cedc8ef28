/* What every test program of this folder needs: cmocka with its prerequisites, and slices. */
#ifndef UNIT_H
#define UNIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/str.h"

/* A string literal that may hold NUL, against a slice. */
#define assert_slice(slice, literal) \
	do { \
		struct str slice_ = (slice); \
		assert_int_equal(slice_.len, sizeof(literal) - 1); \
		if (slice_.len) \
			assert_memory_equal(slice_.ptr, literal, slice_.len); \
	} while (0)

#endif
