/*
 * An eventfd: setting it twice is the same as once.
 */
#include "sys/wake.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

int wake_open(void)
{
	int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);

	if (fd < 0) {
		perror("eventfd");
		abort();
	}
	return fd;
}

void wake_set(int fd)
{
	uint64_t one = 1;
	ssize_t n = write(fd, &one, sizeof(one));

	(void)n; /* fails only when the counter is full: then it is set */
}

void wake_clear(int fd)
{
	uint64_t count;
	ssize_t n = read(fd, &count, sizeof(count));

	(void)n; /* fails only when it is clear */
}

void wake_close(int fd)
{
	if (fd >= 0)
		close(fd);
}
