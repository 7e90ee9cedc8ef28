/*
 * One connection prints, the others wait their turn, as on a real interface
 * board. The printer never touches the wire itself: what it wants is noted and
 * carried out in settle(), when it is off the stack.
 */
#include "station.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "net/conn.h"
#include "net/loop.h"
#include "sys/clock.h"
#include "sys/file.h"

enum { DPI = 203, JSON_MAX = 64 << 20, PATH_LEN = 4096 };

struct visitor {
	struct list node; /* in waiting, unless active */
	struct station *station;
	struct conn *conn;
	bool ended;       /* its peer has nothing more to send */
	bool reset, close, half_close; /* what the printer wants */
	const char *how;  /* it ends, if we end it */
};

static void settle(struct station *s);

/* What the printer says */

static void on_reply(void *arg, const uint8_t *bytes, size_t len)
{
	struct station *s = arg;

	if (s->active)
		conn_write(s->active->conn, bytes, len);
}

static void on_event(void *arg, const char *name, const char *fields)
{
	struct station *s = arg;

	journal_write(s->journal, s->printer.opt.number, name, fields);
}

static void on_wire(void *arg, enum wire wire)
{
	struct station *s = arg;
	struct visitor *v = s->active;

	switch (wire) {
	case WIRE_RESET:
		if (v)
			v->reset = true;
		break;
	case WIRE_CLOSE:
		if (v)
			v->close = true;
		break;
	case WIRE_HALF_CLOSE:
		if (v)
			v->half_close = true;
		break;
	case WIRE_DROP_ALL:
		if (v)
			v->reset = true;
		LIST_EACH(&s->waiting, node)
			LIST_OF(node, struct visitor, node)->reset = true;
		break;
	case WIRE_LISTEN:
	case WIRE_REFUSE:
	case WIRE_HANG:
		s->listening_wanted = wire;
		break;
	}
}

void station_paper_path(const struct station *s, unsigned seq, const char *type,
    char *path, size_t size)
{
	snprintf(path, size, "%s/%06u.%s", s->opt.dir, seq, type);
}

/* Under another name first, so that whoever sees the file sees it whole. */
static enum err write_json(const char *path, struct str text, struct why *why)
{
	char part[PATH_LEN + 8];
	FILE *file;
	bool good;

	snprintf(part, sizeof part, "%s.part", path);
	file = fopen(part, "wbe");
	if (!file)
		return why_fail(why, E_STORE, "Cannot write %s", part);
	good = fwrite(text.ptr, 1, text.len, file) == text.len;
	good = fclose(file) == 0 && good && rename(part, path) == 0;
	return good ? E_OK : why_fail(why, E_STORE, "Cannot write %s", path);
}

/* The picture first: a paper is complete when its JSON is there. */
static void on_paper(void *arg, struct paper *paper, const struct paper_end *end)
{
	struct station *s = arg;
	char path[PATH_LEN];
	struct buf json;
	struct why why;
	enum err err = E_OK;

	if (s->opt.png && paper->dots.height_dots) {
		station_paper_path(s, end->seq, "png", path, sizeof path);
		err = png_write(path, &paper->dots, DPI, &why);
	}
	if (!err && s->opt.json) {
		buf_init(&json, JSON_MAX);
		paper_json(paper, end, &json);
		station_paper_path(s, end->seq, "json", path, sizeof path);
		err = write_json(path, buf_str(&json), &why);
		buf_finish(&json);
	}
	if (err)
		fprintf(stderr, "platen-sim: %s\n", why.text);
}

static const struct printer_ops printer_ops = { on_reply, on_paper, on_event, on_wire };

/* Connections */

/* A printer that says goodbye reads nothing more from that connection. */
static void carry_out(struct visitor *v)
{
	if (v->half_close)
		conn_shutdown(v->conn);
	v->half_close = false;
	if (v->reset) {
		v->how = "reset by printer";
		conn_abort(v->conn);
	} else if (v->close) {
		v->how = "closed by printer";
		conn_close(v->conn);
	}
	v->reset = v->close = false;
}

static void activate(struct station *s, struct visitor *v)
{
	s->active = v;
	printer_connected(&s->printer, clock_mono_us());
}

static void on_data(struct conn *c, struct str bytes, void *arg)
{
	struct visitor *v = arg;
	struct station *s = v->station;

	(void)c;
	if (v != s->active)
		return; /* cannot be: it is paused */
	printer_receive(&s->printer, clock_mono_us(), (const uint8_t *)bytes.ptr, bytes.len);
	settle(s);
}

static void on_end(struct conn *c, void *arg)
{
	struct visitor *v = arg;

	(void)c;
	v->ended = true;
	settle(v->station);
}

static void on_close(struct conn *c, enum err why, void *arg)
{
	struct visitor *v = arg;
	struct station *s = v->station;

	(void)c;
	if (v == s->active) {
		s->active = NULL;
		printer_disconnected(&s->printer, clock_mono_us(),
		    v->how ? v->how : why ? "reset" : "closed");
	} else {
		list_remove(&v->node);
		s->waiting_count--;
	}
	free(v);
	settle(s);
}

static const struct conn_ops conn_ops = { on_data, NULL, on_end, on_close };

static bool takes_one_more(const struct station *s)
{
	bool one = s->printer.opt.model->one_connection || s->printer.fault.one_connection;

	if (!s->active)
		return true;
	if (one && !s->active->ended && !s->active->how)
		return false;
	return s->waiting_count < STATION_WAITING_MAX;
}

static void on_accept(struct conn *c, void *arg)
{
	struct station *s = arg;
	struct visitor *v;

	if (!takes_one_more(s) || !s->printer.powered) {
		journal_write(s->journal, s->printer.opt.number, "refused", "");
		conn_abort(c);
		return;
	}
	v = mem_alloc(sizeof *v);
	v->station = s;
	v->conn = c;
	conn_set(c, &conn_ops, v);
	conn_pause(c, true); /* until it is its turn */
	list_append(&s->waiting, &v->node);
	s->waiting_count++;
	settle(s);
}

/* The port */

static enum err open_listener(struct station *s, struct why *why)
{
	struct listen_options options = { .max_clients = STATION_WAITING_MAX + 4,
		.receive_bytes = s->opt.printer.buffer_bytes };

	return listener_open_tcp(s->loop, &s->opt.ip, s->opt.port, &options, on_accept, s,
	    &s->listener, why);
}

static void listen_as_wanted(struct station *s)
{
	struct why why;
	enum err err = E_OK;

	if (s->listening == s->listening_wanted)
		return;
	listener_close(s->listener);
	s->listener = NULL;
	hang_close(&s->hang);
	s->listening = s->listening_wanted;
	if (s->listening == WIRE_LISTEN)
		err = open_listener(s, &why);
	else if (s->listening == WIRE_HANG)
		err = hang_open(&s->hang, &s->opt.ip, s->opt.port, &why);
	if (err)
		fprintf(stderr, "platen-sim: %s\n", why.text);
}

/* Bring the wire in line with what the printer wants, and sleep until it
 * wants more. */

static void next_visitor(struct station *s)
{
	struct list *node;

	if (s->active)
		return;
	node = list_pop(&s->waiting);
	if (!node)
		return;
	s->waiting_count--;
	activate(s, LIST_OF(node, struct visitor, node));
}

static bool all_printed(const struct printer *p)
{
	return !p->in.len && !p->echo_count && p->busy_until_us <= p->now_us;
}

static void settle_active(struct station *s)
{
	struct visitor *v = s->active;

	if (!v)
		return;
	carry_out(v);
	conn_pause(v->conn, v->how || !printer_accepts(&s->printer));
	if (v->ended && !v->how && all_printed(&s->printer))
		conn_close(v->conn);
}

static void settle_waiting(struct station *s)
{
	LIST_EACH(&s->waiting, node) {
		struct visitor *v = LIST_OF(node, struct visitor, node);
		if (v->reset)
			carry_out(v);
	}
}

static void settle(struct station *s)
{
	int64_t us;

	if (s->settling || !s->timer)
		return;
	s->settling = true;
	next_visitor(s);
	us = printer_tick(&s->printer, clock_mono_us());
	settle_active(s);
	settle_waiting(s);
	listen_as_wanted(s);
	if (us >= 0)
		timer_arm(s->timer, (us + 999) / 1000, 0);
	else
		timer_disarm(s->timer);
	s->settling = false;
}

static void on_timer(void *arg)
{
	settle(arg);
}

enum err station_do(struct station *s, struct str action, struct why *why)
{
	s->printer.now_us = clock_mono_us();
	enum err err = fault_do(&s->printer, action, why);

	settle(s);
	return err;
}

/* The beginning and the end */

/* Paper of an earlier run stays: go on counting behind it. */
static unsigned last_paper(const char *dir)
{
	DIR *d = opendir(dir);
	unsigned last = 0, n;
	int end;

	if (!d)
		return 0;
	for (struct dirent *e; (e = readdir(d));) {
		end = 0;
		if (sscanf(e->d_name, "%6u.%n", &n, &end) == 1 && end == 7 && n > last)
			last = n;
	}
	closedir(d);
	return last;
}

enum err station_open(struct station *s, struct loop *loop, struct journal *journal,
    const struct station_options *options, struct why *why)
{
	enum err err;

	*s = (struct station){ .opt = *options, .loop = loop, .journal = journal,
		.listening = WIRE_LISTEN, .listening_wanted = WIRE_LISTEN };
	list_init(&s->waiting);
	err = open_listener(s, why);
	if (err)
		return err;
	s->opt.port = listener_port(s->listener);
	s->opt.printer.number = s->opt.port;
	printer_init(&s->printer, &s->opt.printer, &printer_ops, s);
	s->timer = timer_create_on(loop, on_timer, s);
	return E_OK;
}

void station_ready(struct station *s)
{
	s->first_seq = s->printer.seq = last_paper(s->opt.dir);
	printer_script(&s->printer, s->opt.script, clock_mono_us());
	settle(s);
}

void station_close(struct station *s)
{
	if (!s->timer)
		return;
	timer_destroy(s->timer);
	s->timer = NULL;
	printer_tear(&s->printer);
	listener_close(s->listener);
	hang_close(&s->hang);
	if (s->active)
		conn_abort(s->active->conn);
	LIST_EACH(&s->waiting, node)
		conn_abort(LIST_OF(node, struct visitor, node)->conn);
}

void station_destroy(struct station *s)
{
	printer_finish(&s->printer);
}
