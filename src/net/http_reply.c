/*
 * Replies. A head is composed in the service's scratch buffer and leaves
 * together with the body in one write.
 */
#include <time.h>

#include "base/mem.h"
#include "net/http_priv.h"
#include "sys/clock.h"

#define JSON_TYPE "application/json; charset=utf-8"
/* Replies that the client has not read: so much, and one more. */
#define QUEUE_MAX (1024 * 1024)

static const struct {
	int status;
	const char *reason;
} reasons[] = {
	{ 101, "Switching Protocols" },
	{ 200, "OK" },
	{ 201, "Created" },
	{ 202, "Accepted" },
	{ 204, "No Content" },
	{ 206, "Partial Content" },
	{ 301, "Moved Permanently" },
	{ 302, "Found" },
	{ 303, "See Other" },
	{ 304, "Not Modified" },
	{ 307, "Temporary Redirect" },
	{ 308, "Permanent Redirect" },
	{ 400, "Bad Request" },
	{ 401, "Unauthorized" },
	{ 403, "Forbidden" },
	{ 404, "Not Found" },
	{ 405, "Method Not Allowed" },
	{ 406, "Not Acceptable" },
	{ 408, "Request Timeout" },
	{ 409, "Conflict" },
	{ 410, "Gone" },
	{ 412, "Precondition Failed" },
	{ 413, "Content Too Large" },
	{ 415, "Unsupported Media Type" },
	{ 421, "Misdirected Request" },
	{ 422, "Unprocessable Content" },
	{ 426, "Upgrade Required" },
	{ 428, "Precondition Required" },
	{ 429, "Too Many Requests" },
	{ 431, "Request Header Fields Too Large" },
	{ 500, "Internal Server Error" },
	{ 501, "Not Implemented" },
	{ 502, "Bad Gateway" },
	{ 503, "Service Unavailable" },
	{ 504, "Gateway Timeout" },
	{ 507, "Insufficient Storage" },
};

static const char *reason_of(int status)
{
	for (size_t i = 0; i < COUNT_OF(reasons); i++)
		if (reasons[i].status == status)
			return reasons[i].reason;
	return "Status";
}

/* RFC 9110 section 5.6.7, made once a second. The daemon keeps the C locale. */
static const char *date_of(struct http_service *s)
{
	time_t now = (time_t)(clock_wall() / 1000);
	struct tm tm;

	if (now == s->date_s)
		return s->date;
	s->date_s = now;
	gmtime_r(&now, &tm);
	strftime(s->date, sizeof(s->date), "%a, %d %b %Y %H:%M:%S GMT", &tm);
	return s->date;
}

static bool is_one_line(struct str s)
{
	for (size_t i = 0; i < s.len; i++)
		if (s.ptr[i] == '\r' || s.ptr[i] == '\n' || s.ptr[i] == '\0')
			return false;
	return true;
}

void http_add_header(struct http_request *r, const char *name, struct str value)
{
	size_t before = r->extra.len;

	if (!is_one_line(value) || !is_one_line(str_of(name)))
		return;
	buf_puts(&r->extra, name);
	buf_puts(&r->extra, ": ");
	buf_add_str(&r->extra, value);
	buf_puts(&r->extra, "\r\n");
	if (r->extra.failed) {
		r->extra.len = before;
		r->extra.failed = false;
	}
}

void http_reply_close(struct http_request *r)
{
	r->close = true;
}

struct buf *http_reply_begin(struct http_client *c, const struct http_request *r, int status)
{
	struct buf *out = &c->live.service->out;

	buf_clear(out);
	buf_printf(out, "HTTP/1.1 %d %s\r\nDate: %s\r\nServer: platen\r\n", status,
	    reason_of(status), date_of(c->live.service));
	if (r)
		buf_add_str(out, buf_str(&r->extra));
	return out;
}

void http_reply_send(struct http_client *c, struct str body)
{
	struct buf *out = &c->live.service->out;

	buf_puts(out, "\r\n");
	conn_set_ceiling(c->live.conn, QUEUE_MAX + out->len + body.len);
	conn_write2(c->live.conn, buf_str(out), body);
}

/* Whether the rest of the request cannot, or need not, be read. */
static bool must_close(const struct http_request *r)
{
	return r->close || !r->keep_alive ||
	    (!r->whole && (r->continues || r->length > HTTP_SKIP_MAX));
}

void http_reply(struct http_request *r, int status, const char *type, struct str body)
{
	struct http_client *c = r->client;
	struct buf *out = http_reply_begin(c, r, status);

	r->close = must_close(r);
	if (type)
		buf_printf(out, "Content-Type: %s\r\n", type);
	if (status != 204 && status != 304)
		buf_printf(out, "Content-Length: %zu\r\n", body.len);
	if (r->close)
		buf_puts(out, "Connection: close\r\n");
	http_reply_send(c, r->head_only || status == 204 || status == 304 ? STR_NONE : body);
	http_client_answered(c);
}

static struct buf error_body(const struct http_service *s, enum err err)
{
	struct buf body;

	buf_init(&body, 4096);
	if (s->ops.error_body)
		s->ops.error_body(err, &body, s->arg);
	else
		buf_printf(&body, "{\"error\":\"%s\",\"code\":\"%s\"}", err_text(err),
		    err_name(err));
	return body;
}

void http_reply_error(struct http_request *r, enum err err)
{
	struct buf body = error_body(r->client->live.service, err);

	http_reply(r, err_status(err), JSON_TYPE, buf_str(&body));
	buf_finish(&body);
}

void http_reply_refuse(struct http_client *c, enum err err)
{
	const struct http_request *r = c->request && !c->request->answered ? c->request : NULL;
	struct buf body = error_body(c->live.service, err);
	struct buf *out = http_reply_begin(c, r, err_status(err));

	buf_printf(out, "Content-Type: " JSON_TYPE "\r\nContent-Length: %zu\r\n"
	    "Connection: close\r\n", body.len);
	http_reply_send(c, r && r->head_only ? STR_NONE : buf_str(&body));
	buf_finish(&body);
	http_client_close(c);
}
