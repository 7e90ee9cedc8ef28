/*
 * The head is collected whole, walked once by our own rules, which are as
 * strict as RFC 9112 lets a server be, and then shown to llhttp, which decides
 * the framing. Only what both accept becomes a request. Bodies go through
 * llhttp piece by piece.
 */
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "net/http_priv.h"

/* What chunk sizes, extensions and trailers may cost on the wire: so much for
 * each byte of the body, and once. */
#define CHUNK_OVERHEAD 8
#define CHUNK_SLACK 16384

/* RFC 9110 section 5.6.2 */
static bool is_token_byte(unsigned char c)
{
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
	    (c != '\0' && strchr("!#$%&'*+-.^_`|~", c));
}

static bool is_token(struct str s)
{
	for (size_t i = 0; i < s.len; i++)
		if (!is_token_byte((unsigned char)s.ptr[i]))
			return false;
	return s.len > 0;
}

static bool is_field_value(struct str s)
{
	for (size_t i = 0; i < s.len; i++) {
		unsigned char c = (unsigned char)s.ptr[i];

		if ((c < 0x20 && c != '\t') || c == 0x7F)
			return false;
	}
	return true;
}

/* A request target: printable ASCII, no fragment. */
static bool is_target(struct str s)
{
	for (size_t i = 0; i < s.len; i++) {
		unsigned char c = (unsigned char)s.ptr[i];

		if (c <= 0x20 || c >= 0x7F || c == '#')
			return false;
	}
	return s.len > 0;
}

enum err http_parse_end(struct str bytes, const struct http_limits *limits, size_t *len,
    unsigned *headers)
{
	size_t from = 0;
	unsigned lines = 0;

	*len = 0;
	if (bytes.len > 0 && !is_token_byte((unsigned char)bytes.ptr[0]))
		return E_BAD_REQUEST;
	for (;;) {
		const char *start = bytes.ptr + from;
		const char *lf = from < bytes.len ? memchr(start, '\n', bytes.len - from) : NULL;

		if (!lf)
			return bytes.len >= limits->head_bytes ? E_HEADER : E_OK;
		if (lf == start || lf[-1] != '\r')
			return E_BAD_REQUEST;
		from = (size_t)(lf - bytes.ptr) + 1;
		if (from > limits->head_bytes)
			return E_HEADER;
		if (lf - start == 1)
			break;
		if (lines++ > limits->headers)
			return E_HEADER;
	}
	*len = from;
	*headers = lines - 1;
	return E_OK;
}

/* The next line without its CRLF; http_parse_end has made sure of it. */
static struct str next_line(struct str *rest)
{
	struct str line = str_cut(*rest, '\n', rest);

	line.len--;
	return line;
}

static bool parse_request_line(struct str text, struct http_line *line)
{
	struct str rest, version;

	line->method = str_cut(text, ' ', &rest);
	line->target = str_cut(rest, ' ', &version);
	if (str_is(version, "HTTP/1.1"))
		line->minor = 1;
	else if (str_is(version, "HTTP/1.0"))
		line->minor = 0;
	else
		return false;
	return is_token(line->method) && is_target(line->target);
}

static bool parse_headers(struct str lines, struct http_header *headers, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct str text = next_line(&lines);
		struct str name = str_cut(text, ':', &headers[i].value);

		if (name.len == text.len || !is_token(name) || !is_field_value(headers[i].value))
			return false;
		headers[i].name = name;
		headers[i].value = str_trim(headers[i].value);
	}
	return true;
}

bool http_parse_head(struct str head, struct http_line *line, struct http_header *headers,
    size_t count)
{
	return parse_request_line(next_line(&head), line) && parse_headers(head, headers, count);
}

/* RFC 9112 section 4; the phrase means nothing and may be missing. */
bool http_parse_reply(struct str head, int *status, struct http_header *headers, size_t count)
{
	struct str phrase, line = next_line(&head);
	struct str version = str_cut(line, ' ', &phrase);
	struct str digits = str_cut(phrase, ' ', &phrase);
	uint64_t number;

	if (!str_is(version, "HTTP/1.1") && !str_is(version, "HTTP/1.0"))
		return false;
	if (digits.len != 3 || !str_to_u64(digits, &number) || number < 100)
		return false;
	if (!is_field_value(phrase) || !parse_headers(head, headers, count))
		return false;
	*status = (int)number;
	return true;
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool http_parse_percent(struct str text, bool plus, char *to, size_t *len)
{
	size_t n = 0;

	for (size_t i = 0; i < text.len; i++) {
		char c = text.ptr[i];

		if (c == '+' && plus)
			c = ' ';
		if (c == '%') {
			int high = i + 2 < text.len ? hex_digit(text.ptr[i + 1]) : -1;
			int low = i + 2 < text.len ? hex_digit(text.ptr[i + 2]) : -1;

			if (high < 0 || low < 0)
				return false;
			c = (char)(high << 4 | low);
			i += 2;
		}
		to[n++] = c;
	}
	*len = n;
	return utf8_valid((struct str){ to, n });
}

/* RFC 9112 section 3.2.2: the authority of an absolute target replaces Host.
 * Ours must agree, so that whoever checks Host has checked both. */
static bool strip_authority(struct http_request *r, struct str *target)
{
	static const char *const schemes[] = { "http://", "https://" };

	for (size_t i = 0; i < COUNT_OF(schemes); i++) {
		struct str rest = str_from(*target, strlen(schemes[i]));
		struct str path;

		if (!str_eq_nocase(str_head(*target, strlen(schemes[i])), str_of(schemes[i])))
			continue;
		for (path = rest; path.len > 0 && path.ptr[0] != '/' && path.ptr[0] != '?';)
			path = str_from(path, 1);
		rest.len -= path.len;
		*target = path;
		return rest.len > 0 && str_eq_nocase(rest, http_header(r, "Host"));
	}
	return false;
}

/* Sets path and query; decodes the path where it stands in our copy of the head. */
static bool parse_target(struct http_request *r, struct str target)
{
	struct str raw;

	if (target.ptr[0] != '/' && !strip_authority(r, &target))
		return false;
	raw = str_cut(target, '?', &r->query);
	if (raw.len == 0)
		raw = STR("/");
	r->path.ptr = raw.ptr;
	if (!memchr(raw.ptr, '%', raw.len)) {
		r->path.len = raw.len;
		return utf8_valid(raw);
	}
	if (!http_parse_percent(raw, false, (char *)(uintptr_t)raw.ptr, &r->path.len))
		return false;
	return is_field_value(r->path) && !memchr(r->path.ptr, '\t', r->path.len);
}

/* What announces a body must be said once and without doubt. */
static bool parse_framing(struct http_request *r)
{
	size_t lengths = http_header_repeats(r, "Content-Length");
	size_t codings = http_header_repeats(r, "Transfer-Encoding");

	if (lengths + codings > 1)
		return false;
	if (lengths == 1 && !str_to_u64(http_header(r, "Content-Length"), &r->length))
		return false;
	if (codings == 1 && (r->minor == 0 ||
	    !str_is_nocase(http_header(r, "Transfer-Encoding"), "chunked")))
		return false;
	r->chunked = codings == 1;
	r->continues = r->minor == 1 && http_has_body(r) &&
	    str_is_nocase(http_header(r, "Expect"), "100-continue");
	return true;
}

static int on_headers_complete(llhttp_t *parser)
{
	struct http_request *r = parser->data;

	/* Upgrades are the business of net/ws.c, and h2c of nobody. */
	parser->upgrade = 0;
	r->keep_alive = parser->http_minor == 1 && llhttp_should_keep_alive(parser);
	return 0;
}

static int on_body(llhttp_t *parser, const char *at, size_t len)
{
	struct http_request *r = parser->data;

	if (!r->answered && !buf_add(&r->body, at, len))
		r->too_large = true;
	return r->too_large ? -1 : 0;
}

static int on_message_complete(llhttp_t *parser)
{
	struct http_request *r = parser->data;

	r->whole = true;
	return HPE_PAUSED;
}

static const llhttp_settings_t settings = {
	.on_headers_complete = on_headers_complete,
	.on_body = on_body,
	.on_message_complete = on_message_complete,
};

/* llhttp has the last word on the head: it must take all of it, and nothing more. */
static bool frame(struct http_request *r, struct str head)
{
	llhttp_errno_t err;

	llhttp_init(&r->parser, HTTP_REQUEST, &settings);
	r->parser.data = r;
	err = llhttp_execute(&r->parser, head.ptr, head.len);
	if (err == HPE_OK)
		return !r->whole && http_has_body(r);
	return err == HPE_PAUSED && r->whole && !(r->chunked || r->length > 0);
}

struct http_request *http_parse_request(struct str head, unsigned headers)
{
	size_t slices = headers * sizeof(struct http_header);
	struct http_request *r = mem_alloc(sizeof(*r) + slices + head.len);
	char *copy = (char *)&r->headers[headers];
	struct http_line line;

	memcpy(copy, head.ptr, head.len);
	r->count = headers;
	buf_init(&r->extra, 8192);
	if (!http_parse_head((struct str){ copy, head.len }, &line, r->headers, headers))
		goto bad;
	r->method = line.method;
	r->minor = line.minor;
	r->head_only = str_is(line.method, "HEAD");
	if (!parse_framing(r) || !frame(r, head) || !parse_target(r, line.target))
		goto bad;
	return r;
bad:
	http_request_free(r);
	return NULL;
}

enum err http_parse_body(struct http_request *r, struct str bytes, size_t *used)
{
	llhttp_errno_t err = llhttp_execute(&r->parser, bytes.ptr, bytes.len);

	*used = bytes.len;
	if (err == HPE_PAUSED && r->whole)
		*used = (size_t)(llhttp_get_error_pos(&r->parser) - bytes.ptr);
	else if (err != HPE_OK)
		return r->too_large ? E_TOO_LARGE : E_BAD_REQUEST;
	r->wire += *used;
	if (r->chunked && !r->answered &&
	    r->wire > r->body.len * (CHUNK_OVERHEAD + 1) + CHUNK_SLACK)
		return E_BAD_REQUEST;
	return E_OK;
}
