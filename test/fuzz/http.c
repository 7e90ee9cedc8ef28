/*
 * HTTP: whatever arrives, it means the same in one piece and cut in pieces,
 * and every request ends once. The first byte chooses the cuts.
 */
#include <string.h>

#include "base/buf.h"
#include "fake_conn.h"
#include "fuzz.h"
#include "net/http.h"

struct run {
	struct http_request *held;
	struct buf log;
	unsigned begun, ended;
};

static void note(struct run *run, struct http_request *r)
{
	buf_printf(&run->log, "%.*s %.*s %.*s", STR_ARG(http_method(r)), STR_ARG(http_path(r)),
	    STR_ARG(http_query(r)));
	for (size_t i = 0; i < http_header_count(r); i++) {
		struct http_header h = http_header_at(r, i);

		MUST(h.name.len > 0 && !memchr(h.value.ptr, '\n', h.value.len));
		buf_printf(&run->log, "|%.*s=%.*s", STR_ARG(h.name), STR_ARG(h.value));
	}
	buf_add_byte(&run->log, '\n');
}

static void on_head(struct http_request *r, void *arg)
{
	struct run *run = arg;
	struct buf value;

	run->begun++;
	note(run, r);
	buf_init(&value, 1000);
	http_query_get(r, "q", &value);
	buf_finish(&value);
	if (str_starts(http_path(r), "/r")) {
		run->ended++;
		http_reply(r, 403, NULL, STR("no"));
	}
}

static void on_request(struct http_request *r, void *arg)
{
	struct run *run = arg;

	buf_add_str(&run->log, http_body(r));
	if (str_starts(http_path(r), "/h")) {
		run->held = r;
		return;
	}
	run->ended++;
	http_reply(r, 200, "text/plain", http_body(r));
}

static void on_gone(struct http_request *r, void *arg)
{
	struct run *run = arg;

	run->ended++;
	run->held = NULL;
}

static void feed(struct conn *c, struct str bytes, unsigned step)
{
	while (bytes.len > 0) {
		fake_feed(c, str_head(bytes, step));
		bytes = str_from(bytes, step);
		step = step * 7 % 61 + 1;
	}
}

static void run_once(struct run *run, struct str bytes, unsigned step)
{
	static const struct http_ops ops = { on_head, on_request, on_gone, NULL };
	struct http_service *s = http_service_create(fake_loop(), NULL, &ops, run);
	struct conn *c = fake_open(http_accept, s);

	buf_init(&run->log, 1 << 24);
	feed(c, bytes, step);
	for (fake_pass(0); run->held; fake_pass(0)) {
		struct http_request *r = run->held;

		run->held = NULL;
		run->ended++;
		http_reply(r, 200, NULL, STR_NONE);
	}
	fake_pass(40000);
	fake_pass(70000);
	MUST(fake_is_closed(c));
	MUST(run->begun == run->ended);
	fake_free(c);
	http_service_destroy(s);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct run whole = { 0 }, cut = { 0 };
	struct str text = { (const char *)bytes + 1, size - 1 };

	if (size < 2)
		return 0;
	run_once(&whole, text, (unsigned)size);
	run_once(&cut, text, bytes[0] % 60 + 1);
	MUST(str_eq(buf_str(&whole.log), buf_str(&cut.log)));
	buf_finish(&whole.log);
	buf_finish(&cut.log);
	return 0;
}
