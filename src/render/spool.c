/*
 * Layout: 8 bytes "filled up to here", then records, each a length of four
 * bytes (kind and content), the kind, the content.
 */
#include "render/spool.h"

#include <fcntl.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "core/sheet.h"
#include "render/message.h"

#define HEADER 8
#define FRAME 5
#define RECORD_MAX (STEP_BYTES_MAX + 1)

int spool_create(void)
{
	int fd = memfd_create("platen-spool", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (fd < 0)
		return -1;
	if (ftruncate(fd, SPOOL_BYTES) ||
	    fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL)) {
		close(fd);
		return -1;
	}
	return fd;
}

bool spool_map(struct spool *s, int fd)
{
	s->base = mmap(NULL, SPOOL_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	s->at = HEADER;
	return s->base != MAP_FAILED;
}

bool spool_put(struct spool *s, enum record kind, struct str bytes)
{
	size_t spare = kind == RECORD_END ? 0 : ENDING_BYTES_MAX + FRAME;
	uint32_t len = (uint32_t)bytes.len + 1;

	if (bytes.len > STEP_BYTES_MAX || s->at + FRAME + bytes.len + spare > SPOOL_BYTES)
		return false;
	memcpy(s->base + s->at, &len, 4);
	s->base[s->at + 4] = (uint8_t)kind;
	memcpy(s->base + s->at + FRAME, bytes.ptr, bytes.len);
	s->at += FRAME + bytes.len;
	atomic_store_explicit((_Atomic uint64_t *)(void *)s->base, s->at, memory_order_release);
	return true;
}

size_t spool_filled(int fd)
{
	uint64_t filled;
	if (pread(fd, &filled, sizeof(filled), 0) != (ssize_t)sizeof(filled))
		return 0;
	return filled <= SPOOL_BYTES ? (size_t)filled : 0;
}

static int fail(struct spool_reader *r)
{
	r->broken = true;
	return 0;
}

int spool_next(struct spool_reader *r, struct str *bytes)
{
	size_t filled = spool_filled(r->fd);
	uint32_t len;

	if (r->at == 0)
		r->at = HEADER;
	if (r->broken || filled < r->at + FRAME)
		return 0;
	if (pread(r->fd, &len, sizeof(len), (off_t)r->at) != (ssize_t)sizeof(len))
		return fail(r);
	if (len < 1 || len > RECORD_MAX || r->at + 4 + len > filled)
		return fail(r);
	buf_clear(&r->copy);
	uint8_t *to = buf_space(&r->copy, len);
	if (!to || pread(r->fd, to, len, (off_t)r->at + 4) != (ssize_t)len)
		return fail(r);
	buf_grown(&r->copy, len);
	r->at += 4 + len;
	*bytes = str_from(buf_str(&r->copy), 1);
	return to[0] == RECORD_STEP || to[0] == RECORD_END ? to[0] : fail(r);
}
