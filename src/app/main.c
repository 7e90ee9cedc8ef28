/*
 * platend: the command line.
 *
 *   platend [-c FILE] [--state DIR] [--check]
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "app/daemon.h"
#include "sys/service.h"
#include "sys/thread.h"

static const char usage[] =
    "usage: platend [-c FILE] [--state DIR] [--check]\n"
    "\n"
    "  -c, --config FILE   the configuration; without one, built-in defaults\n"
    "  -s, --state DIR     where jobs and what was added are kept\n"
    "  -n, --check         validate the configuration and exit: 0, or 2 with one line a mistake\n"
    "  -V, --version       print the version\n"
    "  -h, --help          print this\n";

static const struct option options[] = {
	{ "config", required_argument, NULL, 'c' },
	{ "state", required_argument, NULL, 's' },
	{ "check", no_argument, NULL, 'n' },
	{ "version", no_argument, NULL, 'V' },
	{ "help", no_argument, NULL, 'h' },
	{ 0 },
};

/* The program as it is on disk now, which after an upgrade is another. */
static int begin_again(char **argv)
{
	execvp(argv[0], argv);
	execv("/proc/self/exe", argv);
	perror("platend: restart");
	return 1;
}

int main(int argc, char **argv)
{
	struct daemon_start start = { 0 };
	char *state = NULL;
	int c, status;

	thread_tune_memory();
	while ((c = getopt_long(argc, argv, "c:s:nVh", options, NULL)) != -1) {
		switch (c) {
		case 'c':
			start.config_path = optarg;
			break;
		case 's':
			start.state_dir = optarg;
			break;
		case 'n':
			start.check = true;
			break;
		case 'V':
			puts("platend " PLATEN_VERSION);
			return 0;
		case 'h':
			fputs(usage, stdout);
			return 0;
		default:
			fputs(usage, stderr);
			return 64;
		}
	}
	if (optind < argc) {
		fputs(usage, stderr);
		return 64;
	}
	if (!start.state_dir)
		start.state_dir = state = service_state_dir();
	status = daemon_run(&start);
	free(state);
	return status == DAEMON_AGAIN ? begin_again(argv) : status;
}
