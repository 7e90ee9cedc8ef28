/*
 * What the measurements share: the clock, a connection, a job of 4 KB as bytes
 * and as a POST /print that asks for it. Failures end the program.
 */
#ifndef BENCH_WIRE_H
#define BENCH_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define JOB_BYTES 4096
#define REQUEST_MAX 8192

int64_t now_us(void);
/* `rc` unless it is negative: then errno's text and exit 1. */
int must(int rc, const char *what);
_Noreturn void give_up(const char *what);
bool would_block(void);

/* A fresh TCP connection to 127.0.x.y:port with nodelay, x.y from `host`. */
int wire_connect(unsigned host, uint16_t port);
void wire_write(int fd, const void *bytes, size_t len);

/* One raster block: GS v 0 of 448 x 73 dots. */
void job_bytes(uint8_t out[static JOB_BYTES]);
/* The whole request for printer 127.0.x.y:port; its length. */
size_t job_request(unsigned host, uint16_t port, char out[static REQUEST_MAX]);

/* What of a reply has come: 0 while it is not whole, else its HTTP status. */
int reply_status(const char *bytes, size_t len);

#endif
