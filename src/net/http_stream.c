/*
 * Server-sent events (WHATWG HTML, section 9.2): a reply without length, that
 * ends with the connection.
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"
#include "net/http_priv.h"

#define QUEUE_MAX (1024 * 1024)
#define COMMENT_MS 15000

struct http_stream {
	struct http_client *client;
	http_stream_closed_fn *fn;
	void *arg;
};

struct http_stream *http_stream_start(struct http_request *r, http_stream_closed_fn *fn, void *arg)
{
	struct http_client *c = r->client;
	struct http_stream *s = mem_alloc(sizeof(*s));
	struct buf *out = http_reply_begin(c, r, 200);
	bool head_only = r->head_only;

	s->client = c;
	s->fn = fn;
	s->arg = arg;
	buf_puts(out, "Content-Type: text/event-stream\r\nCache-Control: no-store\r\n"
	    "Connection: close\r\n");
	http_reply_send(c, STR_NONE);
	conn_set_ceiling(c->live.conn, QUEUE_MAX);
	http_client_stream(c, s, COMMENT_MS);
	if (head_only)
		http_client_close(c);
	return s;
}

/* One "data:" line for each line of the text; CR, LF and CRLF end lines. */
static void add_data(struct buf *out, struct str data)
{
	for (;;) {
		size_t end = 0;

		while (end < data.len && data.ptr[end] != '\n' && data.ptr[end] != '\r')
			end++;
		buf_puts(out, "data: ");
		buf_add_str(out, str_head(data, end));
		buf_add_byte(out, '\n');
		if (end == data.len)
			return;
		if (data.ptr[end] == '\r' && end + 1 < data.len && data.ptr[end + 1] == '\n')
			end++;
		data = str_from(data, end + 1);
	}
}

void http_stream_event(struct http_stream *s, const char *event, const char *id, struct str data)
{
	struct buf out;

	if (s->client->state != CLIENT_STREAM)
		return;
	buf_init(&out, QUEUE_MAX);
	if (event)
		buf_printf(&out, "event: %s\n", event);
	if (id)
		buf_printf(&out, "id: %s\n", id);
	add_data(&out, data);
	buf_add_byte(&out, '\n');
	if (out.failed)
		http_client_close(s->client);
	else
		conn_write(s->client->live.conn, out.ptr, out.len);
	buf_finish(&out);
}

void http_stream_limits(struct http_stream *s, int64_t retry_ms, size_t unsent_max)
{
	char line[32];
	int len = snprintf(line, sizeof(line), "retry: %lld\n\n", (long long)retry_ms);

	conn_keep_fresh(s->client->live.conn);
	conn_set_ceiling(s->client->live.conn, unsent_max);
	conn_write(s->client->live.conn, line, (size_t)len);
}

void http_stream_ceiling(struct http_stream *s, size_t unsent_max)
{
	conn_set_ceiling(s->client->live.conn, unsent_max);
}

size_t http_stream_queued(const struct http_stream *s)
{
	return conn_queued(s->client->live.conn);
}

void http_stream_comment(struct http_stream *s, const char *text)
{
	struct buf *out = &s->client->live.service->out;

	if (s->client->state != CLIENT_STREAM)
		return;
	buf_clear(out);
	buf_printf(out, ": %s\n\n", text);
	conn_write(s->client->live.conn, out->ptr, out->len);
}

void http_stream_due(struct http_stream *s)
{
	struct http_client *c = s->client;

	c->live.due = loop_now(c->live.service->loop) + COMMENT_MS;
	http_stream_comment(s, "keep-alive");
}

void http_stream_close(struct http_stream *s)
{
	if (s->client->state == CLIENT_STREAM)
		http_client_close(s->client);
}

void http_stream_gone(struct http_stream *s)
{
	if (s->fn)
		s->fn(s, s->arg);
	free(s);
}
