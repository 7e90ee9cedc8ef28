/*
 * The other end of a wire in tests: a listener on a loopback port and a thread
 * that accepts connections one by one and serves each with `serve`.
 */
#ifndef TEST_PEER_H
#define TEST_PEER_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct peer {
	int listen_fd;
	uint16_t port;
	pthread_t thread;
	void (*serve)(struct peer *p, int fd);
	size_t number;       /* a script's own parameter */
	int wake_fd;         /* a script's own: set to cancel the writer */
	/* what came; to be looked at after peer_stop, or after peer_await */
	pthread_mutex_t lock;
	pthread_cond_t moved;
	size_t connections;  /* served to the end */
	size_t len;
	bool reset;          /* the last connection ended by RST */
	uint8_t got[1 << 20];
};

/* Listen and serve until peer_stop. */
struct peer *peer_start(void (*serve)(struct peer *p, int fd), size_t number);
void peer_stop(struct peer *p); /* frees */
/* Wait until `connections` have been served to the end. */
void peer_await(struct peer *p, size_t connections);

/* Scripts. */
void peer_read_all(struct peer *p, int fd);      /* until the end of stream */
void peer_reset_at(struct peer *p, int fd);      /* take `number` bytes, then RST */
void peer_read_slowly(struct peer *p, int fd);   /* 512 bytes every 8 ms */
void peer_read_nothing(struct peer *p, int fd);  /* until the other side gives up */
void peer_half_close(struct peer *p, int fd);    /* close our direction, then read all */
void peer_chatter(struct peer *p, int fd);       /* send `number` bytes 0..255.., then read all */

/* Building blocks of further scripts. */
size_t peer_take(struct peer *p, int fd, size_t max); /* one read; 0 at the end */
void peer_die(int fd);                                /* the close of it will be a RST */

#endif
