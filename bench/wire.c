#include "wire.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

int64_t now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * INT64_C(1000000) + t.tv_nsec / 1000;
}

_Noreturn void give_up(const char *what)
{
	fprintf(stderr, "load: %s\n", what);
	exit(1);
}

int must(int rc, const char *what)
{
	if (rc >= 0)
		return rc;
	fprintf(stderr, "load: %s: %s\n", what, strerror(errno));
	exit(1);
}

bool would_block(void)
{
	return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
}

int wire_connect(unsigned host, uint16_t port)
{
	struct sockaddr_in at = {
		.sin_family = AF_INET,
		.sin_port = htons(port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK - 1 + host),
	};
	int fd = must(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), "socket");
	int on = 1;

	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	must(connect(fd, (struct sockaddr *)&at, sizeof(at)), "connect");
	return fd;
}

void wire_write(int fd, const void *bytes, size_t len)
{
	if (send(fd, bytes, len, MSG_NOSIGNAL) != (ssize_t)len)
		must(-1, "send");
}

void job_bytes(uint8_t out[static JOB_BYTES])
{
	static const uint8_t head[] = { 0x1d, 'v', '0', 0, 56, 0, 73, 0 };

	memcpy(out, head, sizeof(head));
	for (size_t i = sizeof(head); i < JOB_BYTES; i++)
		out[i] = (uint8_t)(i * 31);
}

static size_t base64(const uint8_t *bytes, size_t len, char *out)
{
	static const char digits[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	size_t n = 0;

	for (size_t i = 0; i < len; i += 3) {
		size_t left = len - i;
		uint32_t v = (uint32_t)bytes[i] << 16 | (left > 1 ? bytes[i + 1] : 0u) << 8 |
		    (left > 2 ? bytes[i + 2] : 0u);

		out[n++] = digits[v >> 18];
		out[n++] = digits[v >> 12 & 63];
		out[n++] = left > 1 ? digits[v >> 6 & 63] : '=';
		out[n++] = left > 2 ? digits[v & 63] : '=';
	}
	return n;
}

size_t job_request(unsigned host, uint16_t port, char out[static REQUEST_MAX])
{
	uint8_t job[JOB_BYTES];
	char text[JOB_BYTES * 4 / 3 + 4], body[REQUEST_MAX - 512];
	int len;

	job_bytes(job);
	len = snprintf(body, sizeof(body),
	    "{\"ip_address\":\"127.0.%u.%u\",\"port\":%u,\"chunks\":[\"%.*s\"]}", host >> 8,
	    host & 255, port, (int)base64(job, sizeof(job), text), text);
	return (size_t)snprintf(out, REQUEST_MAX,
	    "POST /print HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
	    "Content-Length: %d\r\n\r\n%s", len, body);
}

int reply_status(const char *bytes, size_t len)
{
	const char *body = memmem(bytes, len, "\r\n\r\n", 4);
	const char *length = memmem(bytes, len, "Content-Length: ", 16);

	if (!body || !length || length > body)
		return 0;
	if (bytes + len < body + 4 + strtoul(length + 16, NULL, 10))
		return 0;
	return atoi(bytes + sizeof("HTTP/1.1"));
}
