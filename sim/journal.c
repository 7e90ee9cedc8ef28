/* The kernel keeps appended lines whole; there is nothing to flush. */
#include "journal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "sys/clock.h"

enum err journal_open(struct journal *j, const char *path, struct why *why)
{
	j->fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
	return j->fd < 0 ? why_errno(why, E_STORE, errno, "Cannot write %s", path) : E_OK;
}

void journal_close(struct journal *j)
{
	if (j->fd >= 0)
		close(j->fd);
	j->fd = -1;
}

void journal_write(struct journal *j, unsigned printer, const char *event, const char *fields)
{
	char line[512];
	int len;

	if (j->fd < 0)
		return;
	len = snprintf(line, sizeof line, "{\"t\":%lld,\"printer\":%u,\"event\":\"%s\"%s%s}\n",
	    (long long)clock_wall(), printer, event, *fields ? "," : "", fields);
	if (len > 0 && (size_t)len < sizeof line && write(j->fd, line, (size_t)len) != len)
		perror("platen-sim: log.jsonl");
}
