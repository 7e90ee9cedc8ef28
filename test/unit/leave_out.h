/*
 * Leaving out a test case that this machine cannot run. cmocka's skip() says
 * "not ok # SKIP" in TAP, which counts as a failure; this line is counted and
 * named by test/check.py.
 */
#ifndef TEST_LEAVE_OUT_H
#define TEST_LEAVE_OUT_H

#include <stdio.h>

#define leave_out(reason) \
	do { \
		printf("# %s # SKIP %s\n", __func__, reason); \
		return; \
	} while (0)

#endif
