/*
 * A Socket.IO client and a server that says anything: each line of the input
 * is a message. Events come only between joining and the end, and the end once.
 */
#include "fake_server.h"
#include "fuzz.h"
#include "net/sio.h"

struct run {
	bool joined, refused, closing;
	unsigned closed;
};

static void on_connected(struct sio *s, struct str sid, void *arg)
{
	struct run *run = arg;

	MUST(!run->joined && !run->refused && !run->closed);
	run->joined = true;
}

static void on_refused(struct sio *s, struct str json, void *arg)
{
	struct run *run = arg;

	MUST(!run->joined && !run->refused && !run->closed);
	run->refused = true;
	sio_close(s);
}

static void on_event(struct sio *s, const struct sio_event *e, void *arg)
{
	struct run *run = arg;

	MUST(run->joined && !run->closing && !run->closed);
	for (const struct json *v = e->args; v; v = json_next(v)) {
		struct json_doc *doc;

		MUST(json_parse(json_source(v), NULL, &doc, NULL) == E_OK);
		json_destroy(doc);
	}
	sio_emit(s, "heard", e->args ? json_source(e->args) : STR_NONE);
	sio_ack(s, e->ack, STR_NONE);
	if (str_is(e->name, "leave")) {
		run->closing = true;
		sio_close(s);
	}
}

static void on_closed(struct sio *s, const struct why *why, void *arg)
{
	struct run *run = arg;

	MUST(why->err || run->closing);
	MUST(!run->refused || why->err == E_REFUSED);
	run->closed++;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	static const struct sio_ops ops = { on_connected, on_refused, on_event, on_closed };
	static const struct sio_options options = { .url = "http://127.0.0.1:3000",
		.name_space = "/r", .auth = "{}" };
	struct str line, rest = { (const char *)bytes, size };
	struct run run = { 0 };
	struct conn *c;

	sio_connect(fake_loop(), &options, &ops, &run);
	c = fake_server_open();
	while (rest.len > 0) {
		line = str_cut(rest, '\n', &rest);
		fake_server_say(c, line);
	}
	fake_pass(INT64_C(4) * 60 * 60 * 1000);
	MUST(run.closed == 1);
	fake_free(c);
	return 0;
}
