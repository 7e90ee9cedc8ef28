/* Real blocks, not a hole: posix_fallocate reserves them or fails. */
#include "store/ballast.h"

#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "sys/file.h"

static bool ballast_make(struct ballast *b)
{
	int fd = open(b->path, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	bool ok;

	if (fd < 0)
		return false;
	ok = posix_fallocate(fd, 0, BALLAST_BYTES) == 0;
	close(fd);
	if (!ok)
		unlink(b->path);
	return ok;
}

static bool has_room(const struct ballast *b)
{
	uint64_t free_bytes, total_bytes;
	char *slash;
	char dir[PATH_MAX];

	snprintf(dir, sizeof(dir), "%s", b->path);
	slash = strrchr(dir, '/');
	if (slash)
		*slash = '\0';
	return file_space(dir, &free_bytes, &total_bytes) && free_bytes >= 2 * BALLAST_BYTES;
}

void ballast_init(struct ballast *b, const char *dir)
{
	snprintf(b->path, sizeof(b->path), "%s/ballast", dir);
	b->there = file_exists(b->path) || (has_room(b) && ballast_make(b));
}

void ballast_release(struct ballast *b)
{
	if (!b->there)
		return;
	b->there = false;
	unlink(b->path);
	log_warn("store.ballast", "the disk is full: %s was given up, nothing new is accepted",
	    b->path);
}

bool ballast_restore(struct ballast *b)
{
	if (b->there)
		return true;
	b->there = has_room(b) && ballast_make(b);
	if (b->there)
		log_info("store.ballast", "the disk has room again");
	return b->there;
}
