/*
 * Bytes are looked at one by one: whenever the last of them are what a line
 * asks for, its answer is said.
 */
#include "voice.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define LINES 32

static const struct line *script;
static unsigned said[LINES];

static size_t bytes_of(const char *hex, uint8_t out[static 64])
{
	size_t n = 0;
	while (*hex) {
		char *end;
		out[n++] = (uint8_t)strtoul(hex, &end, 16);
		hex = end + strspn(end, " ");
	}
	return n;
}

/* The end of what has come so far is `hex`, and none of it is older than `since`. */
static bool ends_with(const struct peer *p, size_t len, size_t since, const char *hex)
{
	uint8_t ask[64];
	size_t n = bytes_of(hex, ask);
	return len >= since + n && !memcmp(p->got + len - n, ask, n);
}

static void nap(unsigned ms)
{
	struct pollfd none = { .fd = -1 };
	if (ms)
		poll(&none, 1, (int)ms);
}

static bool say(int fd, const struct line *l)
{
	uint8_t bytes[64];
	size_t n = bytes_of(l->say, bytes);
	nap(l->delay);
	if (l->dies) {
		peer_die(fd);
		return false;
	}
	for (size_t i = 0; i < n && l->apart; i++) {
		nap(l->apart);
		if (send(fd, bytes + i, 1, MSG_NOSIGNAL) < 0)
			return false;
	}
	return l->apart || send(fd, bytes, n, MSG_NOSIGNAL) >= 0;
}

void voice_serve(struct peer *p, int fd)
{
	size_t since = p->len;
	while (peer_take(p, fd, 1)) {
		for (size_t i = 0; i < LINES && script[i].ask; i++) {
			const struct line *l = &script[i];
			if ((l->times && said[i] >= l->times) ||
			    !ends_with(p, p->len, since, l->ask))
				continue;
			said[i]++;
			if (!say(fd, l))
				return;
			break;
		}
	}
}

void voice_script(const struct line *lines)
{
	script = lines;
	memset(said, 0, sizeof(said));
}

struct peer *voice_start(const struct line *lines)
{
	voice_script(lines);
	return peer_start(voice_serve, 0);
}

unsigned voice_asked(const struct peer *p, const char *hex)
{
	unsigned n = 0;
	for (size_t len = 1; len <= p->len; len++)
		n += ends_with(p, len, 0, hex);
	return n;
}
