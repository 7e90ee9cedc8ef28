/*
 * Whole files. A replaced file is written beside the old one and renamed over
 * it; the name is durable when the directory was synced too.
 */
#include "sys/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/mem.h"

#define READ_PIECE (64 * 1024)

static enum err errno_err(int errnum)
{
	switch (errnum) {
	case ENOENT:
	case ENOTDIR:
		return E_NOT_FOUND;
	case EACCES:
	case EPERM:
	case EROFS:
		return E_NOT_ALLOWED;
	case ENOSPC:
	case EDQUOT:
		return E_DISK;
	default:
		return E_IO;
	}
}

static enum err fail(struct why *why, const char *what, const char *path)
{
	int errnum = errno;

	return why_errno(why, errno_err(errnum), errnum, "Cannot %s %s", what, path);
}

/* Bytes read; 0 at the end of the file; -1 with errno (EFBIG past the ceiling). */
static ssize_t read_piece(int fd, struct buf *out)
{
	size_t room = out->max - out->len;
	uint8_t probe;
	ssize_t n;

	if (room > READ_PIECE)
		room = READ_PIECE;
	if (!room) {
		n = read(fd, &probe, 1);
		errno = n > 0 ? EFBIG : errno;
		return n > 0 ? -1 : n;
	}
	uint8_t *to = buf_space(out, room);
	if (!to) {
		errno = ENOMEM;
		return -1;
	}
	n = read(fd, to, room);
	if (n > 0)
		buf_grown(out, (size_t)n);
	return n;
}

/* Reads to the end and closes. */
static enum err read_whole(int fd, const char *path, struct buf *out, struct why *why)
{
	enum err err = E_OK;
	ssize_t n;

	do
		n = read_piece(fd, out);
	while (n > 0 || (n < 0 && errno == EINTR));
	if (n < 0 && errno == EFBIG)
		err = why_fail(why, E_TOO_LARGE, "%s is too large", path);
	else if (n < 0)
		err = fail(why, "read", path);
	close(fd);
	return err;
}

enum err file_read(const char *path, struct buf *out, struct why *why)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	return fd < 0 ? fail(why, "open", path) : read_whole(fd, path, out, why);
}

enum err file_read_private(const char *path, struct buf *out, struct why *why)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat st;

	if (fd < 0)
		return fail(why, "open", path);
	if (fstat(fd, &st) == 0 && !(st.st_mode & 077))
		return read_whole(fd, path, out, why);
	close(fd);
	return why_fail(why, E_NOT_ALLOWED, "%s must be its owner's alone (chmod 600)", path);
}

static bool write_whole(int fd, struct str bytes)
{
	while (bytes.len) {
		ssize_t n = write(fd, bytes.ptr, bytes.len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return false;
		bytes = str_from(bytes, (size_t)n);
	}
	return true;
}

/* The part before the last slash: "." or "/" where there is none. free(). */
static char *parent_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	if (!slash)
		return mem_strdup(".");
	return mem_strndup(path, slash == path ? 1 : (size_t)(slash - path));
}

static bool sync_parent(const char *path)
{
	char *dir = parent_of(path);
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	bool ok = fd >= 0 && fsync(fd) == 0;

	if (fd >= 0)
		close(fd);
	free(dir);
	return ok;
}

static bool write_new(int fd, struct str bytes, mode_t mode)
{
	bool ok = fchmod(fd, mode) == 0 && write_whole(fd, bytes) && fsync(fd) == 0;
	int errnum = errno;

	if (close(fd) != 0 && ok)
		return false;
	errno = errnum;
	return ok;
}

enum err file_write(const char *path, struct str bytes, mode_t mode, struct why *why)
{
	char *temporary = mem_printf("%s.XXXXXX", path);
	enum err err = E_OK;
	int fd = mkostemp(temporary, O_CLOEXEC);

	if (fd < 0) {
		err = fail(why, "create", path);
	} else if (!write_new(fd, bytes, mode) || rename(temporary, path) != 0) {
		err = fail(why, "write", path);
		unlink(temporary);
	} else if (!sync_parent(path)) {
		err = fail(why, "sync the directory of", path);
	}
	free(temporary);
	return err;
}

static bool is_directory(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

enum err file_mkdirs(const char *path, mode_t mode, struct why *why)
{
	char *copy = mem_strdup(path);
	enum err err = E_OK;

	for (char *p = copy + 1; *copy && *p; p++) {
		if (*p != '/')
			continue;
		*p = '\0';
		if (mkdir(copy, 0755) != 0 && !is_directory(copy))
			err = fail(why, "create the directory", copy);
		*p = '/';
		if (err)
			break;
	}
	free(copy);
	if (!err && mkdir(path, mode) != 0 && !is_directory(path))
		err = fail(why, "create the directory", path);
	return err;
}

bool file_exists(const char *path)
{
	return access(path, F_OK) == 0;
}

bool file_space(const char *path, uint64_t *free_bytes, uint64_t *total_bytes)
{
	struct statvfs fs;

	if (statvfs(path, &fs) != 0)
		return false;
	*free_bytes = (uint64_t)fs.f_bavail * fs.f_frsize;
	*total_bytes = (uint64_t)fs.f_blocks * fs.f_frsize;
	return true;
}

/*
 * The descriptor stays open: the lock ends with the process. An open file
 * description's lock, because a plain one ends with any close of the file.
 */
enum err file_lock(const char *path, struct why *why)
{
	struct flock whole = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);

	if (fd < 0)
		return fail(why, "open", path);
	if (fcntl(fd, F_OFD_SETLK, &whole) == 0)
		return E_OK;

	enum err err = errno == EAGAIN || errno == EACCES
	    ? why_fail(why, E_BUSY, "%s is in use by another process", path)
	    : fail(why, "lock", path);
	close(fd);
	return err;
}
