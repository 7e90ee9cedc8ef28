/*
 * Files. All of these block: never on the loop thread once it runs, except for
 * the few hundred bytes of our own state files.
 */
#ifndef SYS_FILE_H
#define SYS_FILE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/buf.h"
#include "base/err.h"

/* Append the whole file to `out` (E_TOO_LARGE past its ceiling). */
enum err file_read(const char *path, struct buf *out, struct why *why);
/* The same for a secret: E_NOT_ALLOWED unless its owner alone may read it. */
enum err file_read_private(const char *path, struct buf *out, struct why *why);
/* Replace atomically: temporary file, fsync, rename, fsync of the directory. */
enum err file_write(const char *path, struct str bytes, mode_t mode, struct why *why);
/* Make the directory and its parents, the last one with `mode`. */
enum err file_mkdirs(const char *path, mode_t mode, struct why *why);
bool file_exists(const char *path);
/* Free and total bytes of the file system that holds `path`; false on error. */
bool file_space(const char *path, uint64_t *free_bytes, uint64_t *total_bytes);
/* Exclusive lock of a file for the life of the process; E_BUSY if another has it. */
enum err file_lock(const char *path, struct why *why);

#endif
