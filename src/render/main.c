/*
 * platen-render: draws documents for platend, which starts it. Not for people:
 * descriptor 3 is the socket that requests come on.
 */
#include <stdio.h>

#include "render/zygote.h"

#define REQUESTS_FD 3

int main(int argc, char **argv)
{
	if (argc == 1)
		return zygote_run(REQUESTS_FD);
	(void)argv;
	fputs("platen-render is started by platend\n", stderr);
	return 64;
}
