/*
 * Packets are cut from the left, field by field, and each field must be whole:
 * what the reference parser would throw at is refused here too.
 */
#include "net/sio_packet.h"

#include "base/mem.h"

#define TIME_MAX_MS (60 * 60 * 1000)
#define ACK_MAX ((INT64_C(1) << 53) - 1) /* what JavaScript can count */

bool eio_parse(struct str text, enum eio_type *type, struct str *rest)
{
	if (text.len == 0 || text.ptr[0] < '0' || text.ptr[0] > '0' + EIO_NOOP)
		return false;
	*type = (enum eio_type)(text.ptr[0] - '0');
	*rest = str_from(text, 1);
	return true;
}

static bool get_time(const struct json *object, const char *key, int64_t *ms)
{
	return json_int(json_get(object, key), ms) && *ms >= 1 && *ms <= TIME_MAX_MS;
}

bool eio_parse_open(struct str text, struct eio_open *open)
{
	struct json_doc *doc;
	const struct json *root;
	bool ok;

	if (json_parse(text, NULL, &doc, NULL))
		return false;
	root = json_root(doc);
	ok = json_is(root, JSON_OBJECT) &&
	    get_time(root, "pingInterval", &open->ping_interval_ms) &&
	    get_time(root, "pingTimeout", &open->ping_timeout_ms);
	if (!json_int(json_get(root, "maxPayload"), &open->max_payload) || open->max_payload < 0)
		open->max_payload = 0;
	json_destroy(doc);
	return ok;
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static struct str cut_digits(struct str *text)
{
	size_t n = 0;
	struct str digits;

	while (n < text->len && is_digit(text->ptr[n]))
		n++;
	digits = str_head(*text, n);
	*text = str_from(*text, n);
	return digits;
}

static bool is_binary(enum sio_type type)
{
	return type == SIO_BINARY_EVENT || type == SIO_BINARY_ACK;
}

/* "1-": binary frames that follow; nobody here wants them, so the number is not kept. */
static bool skip_attachments(struct str *text)
{
	if (cut_digits(text).len == 0 || text->len == 0 || text->ptr[0] != '-')
		return false;
	*text = str_from(*text, 1);
	return true;
}

static void cut_namespace(struct str *text, struct sio_packet *p)
{
	p->name_space = STR("/");
	if (text->len > 0 && text->ptr[0] == '/')
		p->name_space = str_cut(*text, ',', text);
}

static bool cut_ack(struct str *text, struct sio_packet *p)
{
	struct str digits = cut_digits(text);
	uint64_t number;

	p->ack = SIO_NO_ACK;
	if (digits.len == 0)
		return true;
	if (!str_to_u64(digits, &number) || number > ACK_MAX)
		return false;
	p->ack = (int64_t)number;
	return true;
}

static bool is_nothing(const struct json *v)
{
	return !v;
}

static bool is_greeting(const struct json *v)
{
	return !v || json_is(v, JSON_OBJECT);
}

static bool is_event(const struct json *v)
{
	return json_is(v, JSON_ARRAY) &&
	    (json_is(json_first(v), JSON_STRING) || json_is(json_first(v), JSON_NUMBER));
}

static bool is_answer(const struct json *v)
{
	return json_is(v, JSON_ARRAY);
}

static bool is_refusal(const struct json *v)
{
	return json_is(v, JSON_STRING) || json_is(v, JSON_OBJECT);
}

static bool (*const wanted[])(const struct json *v) = {
	[SIO_CONNECT] = is_greeting,
	[SIO_DISCONNECT] = is_nothing,
	[SIO_EVENT] = is_event,
	[SIO_ACK] = is_answer,
	[SIO_CONNECT_ERROR] = is_refusal,
	[SIO_BINARY_EVENT] = is_event,
	[SIO_BINARY_ACK] = is_answer,
};

bool sio_packet_parse(struct str text, struct sio_packet *p)
{
	*p = (struct sio_packet){ 0 };
	if (text.len == 0 || text.ptr[0] < '0' || text.ptr[0] > '0' + SIO_BINARY_ACK)
		return false;
	p->type = (enum sio_type)(text.ptr[0] - '0');
	text = str_from(text, 1);
	if (is_binary(p->type) && !skip_attachments(&text))
		return false;
	cut_namespace(&text, p);
	if (!cut_ack(&text, p))
		return false;
	if (text.len > 0 && json_parse(text, NULL, &p->doc, NULL))
		return false;
	if (wanted[p->type](p->doc ? json_root(p->doc) : NULL))
		return true;
	sio_packet_finish(p);
	return false;
}

void sio_packet_finish(struct sio_packet *p)
{
	json_destroy(p->doc);
	p->doc = NULL;
}

void sio_packet_write(struct buf *out, enum sio_type type, struct str name_space, int64_t ack,
    struct str json)
{
	buf_printf(out, "%d%d", EIO_MESSAGE, (int)type);
	if (!str_is(name_space, "/")) {
		buf_add_str(out, name_space);
		buf_add_byte(out, ',');
	}
	if (ack != SIO_NO_ACK)
		buf_printf(out, "%lld", (long long)ack);
	buf_add_str(out, json);
}
