/*
 * platen-render: draws documents for platend, which starts it. Not for people:
 * descriptor 3 is the socket that requests come on.
 *
 *   platen-render          the zygote: one caged child per document
 *   platen-render web      the same door to an installed Chromium
 */
#include <stdio.h>
#include <string.h>

#include "render/web.h"
#include "render/zygote.h"

#define REQUESTS_FD 3

int main(int argc, char **argv)
{
	if (argc == 1)
		return zygote_run(REQUESTS_FD);
	if (argc == 2 && strcmp(argv[1], "web") == 0)
		return web_run(REQUESTS_FD);
	fputs("platen-render is started by platend\n", stderr);
	return 64;
}
