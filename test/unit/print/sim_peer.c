/*
 * The printer has no clock and no wire: the peer's thread gives it both.
 */
#include "sim_peer.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "printer.h"
#include "sys/clock.h"

static struct printer printer;
static struct script *script;
static struct sim_seen seen;
static int wire_fd;
static bool over; /* the printer has ended the connection */

static void on_reply(void *arg, const uint8_t *bytes, size_t len)
{
	if (send(wire_fd, bytes, len, MSG_NOSIGNAL) < 0)
		over = true;
	(void)arg;
}

static void on_paper(void *arg, struct paper *paper, const struct paper_end *end)
{
	seen.papers++;
	(void)arg, (void)paper, (void)end;
}

static void on_event(void *arg, const char *name, const char *fields)
{
	(void)arg, (void)name, (void)fields;
}

static void on_wire(void *arg, enum wire wire)
{
	if (wire == WIRE_RESET || wire == WIRE_DROP_ALL)
		peer_die(wire_fd);
	if (wire == WIRE_HALF_CLOSE)
		shutdown(wire_fd, SHUT_WR);
	else if (wire != WIRE_LISTEN)
		over = true;
	(void)arg;
}

static const struct printer_ops ops = { on_reply, on_paper, on_event, on_wire };

static bool take_in(int fd)
{
	uint8_t bytes[4096];
	ssize_t n = recv(fd, bytes, sizeof(bytes), 0);
	if (n > 0)
		printer_receive(&printer, clock_mono_us(), bytes, (size_t)n);
	return n > 0;
}

static void serve(struct peer *p, int fd)
{
	bool more = true;
	wire_fd = fd;
	over = false;
	printer_connected(&printer, clock_mono_us());
	while (!over && more) {
		struct pollfd in = { .fd = fd, .events = POLLIN };
		printer_tick(&printer, clock_mono_us());
		if (!over && poll(&in, 1, 2) > 0 && printer_accepts(&printer))
			more = take_in(fd);
	}
	seen.drained = printer.in.len == 0;
	printer_disconnected(&printer, clock_mono_us(), "closed");
	(void)p;
}

struct peer *sim_peer_start(const char *model, const char *faults)
{
	struct printer_options options = { .number = 9100, .model = model_find(model),
		.buffer_bytes = 65536, .width_dots = 576 };
	struct why why;
	memset(&seen, 0, sizeof(seen));
	script = NULL;
	printer_init(&printer, &options, &ops, NULL);
	if (faults && script_parse(str_of(faults), "script", &script, &why))
		abort();
	printer_script(&printer, script, clock_mono_us());
	return peer_start(serve, 0);
}

void sim_peer_stop(struct peer *p, struct sim_seen *out)
{
	peer_await(p, 1);
	peer_stop(p);
	seen.replies = printer.replies;
	seen.bytes = printer.bytes_total;
	printer_finish(&printer);
	script_destroy(script);
	*out = seen;
}
