/*
 * A WebSocket client and whatever answers it: the same in one piece and cut in
 * pieces, and on_close comes once. The first byte chooses the cuts; the second
 * whether the reply is a good one or comes from the input too.
 */
#include "base/text.h"
#include "fake_server.h"
#include "fuzz.h"
#include "net/ws.h"

#define MESSAGE_MAX 2000

struct run {
	struct buf log;
	unsigned opened, closed;
};

static void on_open(struct ws *ws, void *arg)
{
	struct run *run = arg;

	run->opened++;
}

static void on_text(struct ws *ws, struct str text, void *arg)
{
	struct run *run = arg;

	MUST(run->opened && !run->closed);
	MUST(utf8_valid(text) && text.len <= MESSAGE_MAX);
	buf_printf(&run->log, "T%zu:%.*s", text.len, STR_ARG(text));
	if (str_is(text, "bye"))
		ws_close(ws, 4000, "so long");
	if (str_is(text, "abort"))
		ws_abort(ws);
	ws_send_text(ws, text);
}

static void on_binary(struct ws *ws, struct str bytes, void *arg)
{
	struct run *run = arg;

	MUST(bytes.len <= MESSAGE_MAX);
	buf_printf(&run->log, "B%zu", bytes.len);
}

static void on_too_big(struct ws *ws, void *arg)
{
	struct run *run = arg;

	buf_puts(&run->log, "L");
}

static void on_close(struct ws *ws, uint16_t code, void *arg)
{
	struct run *run = arg;

	MUST((ws_why(ws) != NULL) == !run->opened);
	if (ws_why(ws))
		MUST(ws_why(ws)->err && ws_why(ws)->text[0]);
	buf_printf(&run->log, "X%u", code);
	run->closed++;
}

static void feed(struct conn *c, struct str bytes, unsigned step)
{
	while (bytes.len > 0) {
		fake_feed(c, str_head(bytes, step));
		bytes = str_from(bytes, step);
		step = step * 7 % 61 + 1;
	}
}

static void run_once(struct run *run, struct str bytes, bool greet, unsigned step)
{
	static const struct ws_ops ops = { on_text, on_binary, on_close, on_open, on_too_big };
	struct ws_target to = { .host = "127.0.0.1", .port = 80,
		.limits = { .message_bytes = MESSAGE_MAX } };
	struct buf reply;
	struct conn *c;

	buf_init(&run->log, 1 << 24);
	buf_init(&reply, 1000);
	ws_connect(fake_loop(), &to, &ops, run);
	fake_pass(0);
	c = fake_dialled();
	fake_answer(c);
	if (greet)
		fake_server_accept(c, &reply);
	feed(c, buf_str(&reply), step);
	MUST(run->opened == greet);
	feed(c, bytes, step);
	fake_pass(200000);
	MUST(run->closed == 1);
	fake_free(c);
	buf_finish(&reply);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct run whole = { 0 }, cut = { 0 };
	struct str text = { (const char *)bytes + 2, size - 2 };

	if (size < 3)
		return 0;
	run_once(&whole, text, bytes[1] & 1, (unsigned)size);
	run_once(&cut, text, bytes[1] & 1, bytes[0] % 60 + 1);
	MUST(str_eq(buf_str(&whole.log), buf_str(&cut.log)));
	buf_finish(&whole.log);
	buf_finish(&cut.log);
	return 0;
}
