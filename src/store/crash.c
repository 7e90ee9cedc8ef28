/* See the header. The store has one thread at a time, so the count needs no lock. */
#include "store/crash.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>

static long steps_left(void)
{
	static const char area[] = "store:";
	const char *text = getenv("PLATEN_CRASH");

	if (!text || strncmp(text, area, sizeof(area) - 1) != 0)
		return 0;
	return strtol(text + sizeof(area) - 1, NULL, 10);
}

void crash_step(void)
{
	static long left = -1;

	if (left < 0)
		left = steps_left();
	if (left > 0 && --left == 0)
		raise(SIGKILL);
}
