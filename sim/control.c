/*
 * Paths are /status, /printers and /printers/PORT/WHAT; WHAT is a row of a
 * table. Every answer is JSON, except the pictures.
 */
#include "control.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/json.h"
#include "base/mem.h"
#include "net/conn.h"
#include "net/http.h"
#include "station.h"
#include "sys/file.h"

enum { ANSWER_MAX = 64 << 20, PATH_LEN = 4096, PAPERS_LISTED = 1000,
	BODY_MAX = 4096 };

struct control {
	struct listener *listener;
	struct http_service *service;
	struct station *stations;
	unsigned count;
};

static void answer(struct http_request *r, int status, struct buf *json)
{
	http_reply(r, status, "application/json", buf_str(json));
	buf_finish(json);
}

static void fail(struct http_request *r, const struct why *why)
{
	struct buf json;
	struct json_w w = json_w(&json);

	buf_init(&json, 4096);
	json_w_object(&w);
	json_w_text_field(&w, "error", why->text);
	json_w_text_field(&w, "code", err_name(why->err));
	json_w_object_end(&w);
	answer(r, err_status(why->err), &json);
}

static void fail_with(struct http_request *r, enum err err, const char *text)
{
	struct why why;

	why_fail(&why, err, "%s", text);
	fail(r, &why);
}

static void write_conditions(struct json_w *w, const struct status *s)
{
	const struct {
		const char *name;
		bool on;
	} conditions[] = {
		{ "paper_out", s->paper_out }, { "paper_low", s->paper_low },
		{ "cover_open", s->cover_open }, { "cutter_error", s->cutter_error },
		{ "mechanical_error", s->mechanical_error }, { "fatal_error", s->fatal_error },
		{ "head_hot", s->head_hot }, { "offline", s->offline },
		{ "drawer_open", s->drawer_open },
	};

	for (size_t i = 0; i < COUNT_OF(conditions); i++)
		json_w_bool_field(w, conditions[i].name, conditions[i].on);
}

static void write_station(struct json_w *w, const struct station *s)
{
	const struct printer *p = &s->printer;

	json_w_object(w);
	json_w_int_field(w, "port", s->opt.port);
	json_w_text_field(w, "model", p->opt.model->name);
	json_w_text_field(w, "serial", p->serial);
	json_w_bool_field(w, "powered", p->powered);
	json_w_bool_field(w, "connected", p->connected);
	json_w_int_field(w, "waiting", s->waiting_count);
	json_w_bool_field(w, "printing", !printer_stopped(p) && p->powered);
	write_conditions(w, &p->status);
	json_w_int_field(w, "connections", (int64_t)p->count[TRIGGER_CONNECTION]);
	json_w_int_field(w, "bytes", (int64_t)p->bytes_total);
	json_w_int_field(w, "buffered", (int64_t)p->in.len);
	json_w_bool_field(w, "mid_command", !escpos_idle(&p->escpos));
	json_w_int_field(w, "rows", (int64_t)p->count[TRIGGER_ROW]);
	json_w_int_field(w, "jobs", (int64_t)p->count[TRIGGER_JOB]);
	json_w_int_field(w, "cuts", (int64_t)p->count[TRIGGER_CUT]);
	json_w_int_field(w, "kicks", (int64_t)p->count[TRIGGER_KICK]);
	json_w_int_field(w, "beeps", (int64_t)p->beeps);
	json_w_int_field(w, "echoes", (int64_t)p->count[TRIGGER_ECHO]);
	json_w_int_field(w, "replies", (int64_t)p->replies);
	json_w_int_field(w, "papers", p->seq - s->first_seq);
	json_w_int_field(w, "last_paper", p->seq);
	json_w_object_end(w);
}

static void get_status(struct control *c, struct http_request *r)
{
	struct buf json;
	struct json_w w = json_w(&json);

	buf_init(&json, ANSWER_MAX);
	json_w_object(&w);
	json_w_key(&w, "printers");
	json_w_array(&w);
	for (unsigned i = 0; i < c->count; i++)
		write_station(&w, &c->stations[i]);
	json_w_array_end(&w);
	json_w_object_end(&w);
	answer(r, 200, &json);
}

static void get_station(struct station *s, struct http_request *r, struct str rest)
{
	struct buf json;
	struct json_w w = json_w(&json);

	(void)rest;
	buf_init(&json, ANSWER_MAX);
	write_station(&w, s);
	answer(r, 200, &json);
}

static void do_action(struct station *s, struct http_request *r, struct str action)
{
	struct why why;

	if (station_do(s, action, &why))
		fail(r, &why);
	else
		get_station(s, r, STR_NONE);
}

static void post_fault(struct station *s, struct http_request *r, struct str rest)
{
	struct json_doc *doc;
	struct str action;
	struct why why;

	(void)rest;
	if (json_parse(http_body(r), NULL, &doc, &why)) {
		fail(r, &why);
		return;
	}
	action = json_string(json_get(json_root(doc), "action"));
	if (action.len)
		do_action(s, r, action);
	else
		fail_with(r, E_FIELD, "\"action\" must be a string such as \"paper-out\"");
	json_destroy(doc);
}

static void post_reload(struct station *s, struct http_request *r, struct str rest)
{
	(void)rest;
	do_action(s, r, STR("reload"));
}

static void post_power_cycle(struct station *s, struct http_request *r, struct str rest)
{
	(void)rest;
	do_action(s, r, STR("power-cycle"));
}

static void list_papers(struct station *s, struct http_request *r)
{
	unsigned last = s->printer.seq;
	unsigned from = last > s->first_seq + PAPERS_LISTED ? last - PAPERS_LISTED : s->first_seq;
	char path[64];
	struct buf json;
	struct json_w w = json_w(&json);

	buf_init(&json, ANSWER_MAX);
	json_w_object(&w);
	json_w_int_field(&w, "count", last - s->first_seq);
	json_w_key(&w, "papers");
	json_w_array(&w);
	for (unsigned seq = from + 1; seq <= last; seq++) {
		json_w_object(&w);
		json_w_int_field(&w, "seq", seq);
		snprintf(path, sizeof path, "/printers/%u/papers/%u.json", s->opt.port, seq);
		json_w_text_field(&w, "json", path);
		snprintf(path, sizeof path, "/printers/%u/papers/%u.png", s->opt.port, seq);
		json_w_text_field(&w, "png", path);
		json_w_object_end(&w);
	}
	json_w_array_end(&w);
	json_w_object_end(&w);
	answer(r, 200, &json);
}

/* papers, papers/K.png, papers/K.json */
static void get_papers(struct station *s, struct http_request *r, struct str rest)
{
	struct str type, number = str_cut(rest, '.', &type);
	bool png = str_is(type, "png");
	char path[PATH_LEN];
	struct buf bytes;
	struct why why;
	uint64_t seq;

	if (!rest.len) {
		list_papers(s, r);
		return;
	}
	if (!str_to_u64(number, &seq) || seq > UINT32_MAX || !(png || str_is(type, "json"))) {
		fail_with(r, E_NOT_FOUND, "papers/K.png or papers/K.json expected");
		return;
	}
	station_paper_path(s, (unsigned)seq, png ? "png" : "json", path, sizeof path);
	buf_init(&bytes, ANSWER_MAX);
	if (file_read(path, &bytes, &why))
		fail_with(r, E_NOT_FOUND, "no such paper");
	else
		http_reply(r, 200, png ? "image/png" : "application/json", buf_str(&bytes));
	buf_finish(&bytes);
}

static const struct {
	const char *method, *what;
	void (*run)(struct station *s, struct http_request *r, struct str rest);
} paths[] = {
	{ "GET", "", get_station },
	{ "GET", "papers", get_papers },
	{ "POST", "fault", post_fault },
	{ "POST", "reload", post_reload },
	{ "POST", "power-cycle", post_power_cycle },
};

static struct station *find_station(struct control *c, struct str number)
{
	uint64_t port;

	if (!str_to_u64(number, &port))
		return NULL;
	for (unsigned i = 0; i < c->count; i++) {
		if (c->stations[i].opt.port == port)
			return &c->stations[i];
	}
	return NULL;
}

static void route_printer(struct control *c, struct http_request *r, struct str path)
{
	struct str rest, what, number = str_cut(path, '/', &what);
	struct station *s = find_station(c, number);

	what = str_cut(what, '/', &rest);
	if (!s) {
		fail_with(r, E_NOT_FOUND, "no printer on that port");
		return;
	}
	for (size_t i = 0; i < COUNT_OF(paths); i++) {
		if (str_is(what, paths[i].what) && str_is(http_method(r), paths[i].method)) {
			paths[i].run(s, r, rest);
			return;
		}
	}
	fail_with(r, E_NOT_FOUND, "no such path, or not with this method");
}

/* Tests and people work it, web pages do not. */
static void on_head(struct http_request *r, void *arg)
{
	(void)arg;
	http_set_body_max(r, BODY_MAX);
	if (http_header(r, "Origin").len)
		fail_with(r, E_ORIGIN, "not for web pages");
}

static void on_request(struct http_request *r, void *arg)
{
	struct control *c = arg;
	struct str path = http_path(r);

	if (str_is(path, "/status") || str_is(path, "/printers"))
		get_status(c, r);
	else if (str_starts(path, "/printers/"))
		route_printer(c, r, str_from(path, sizeof "/printers/" - 1));
	else
		fail_with(r, E_NOT_FOUND, "no such path");
}

static const struct http_ops http_ops = { .on_head = on_head, .on_request = on_request };

enum err control_open(struct loop *loop, const struct ip *ip, uint16_t port,
    struct station *stations, unsigned count, struct control **out, struct why *why)
{
	struct control *c;
	enum err err;

	if (!ip_is_loopback(ip))
		return why_fail(why, E_ADDRESS, "The control port must be on loopback");
	c = mem_alloc(sizeof *c);
	c->stations = stations;
	c->count = count;
	c->service = http_service_create(loop, NULL, &http_ops, c);
	err = listener_open_tcp(loop, ip, port, NULL, http_accept, c->service, &c->listener, why);
	if (err) {
		control_destroy(c);
		return err;
	}
	*out = c;
	return E_OK;
}

uint16_t control_port(const struct control *c)
{
	return listener_port(c->listener);
}

void control_close(struct control *c)
{
	if (!c)
		return;
	listener_close(c->listener);
	http_service_destroy(c->service);
	c->service = NULL;
}

void control_destroy(struct control *c)
{
	if (!c)
		return;
	if (c->service)
		http_service_destroy(c->service);
	free(c);
}
