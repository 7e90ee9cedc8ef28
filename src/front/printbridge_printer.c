/*
 * Printers as this dialect sees them: blocks of the configuration whose options
 * have other names. A member that may be null takes its option back to the
 * default; connectionType, url and devicePath together are one URI.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/text.h"
#include "core/platen.h"
#include "front/printbridge.h"
#include "sys/usb.h"

#define NAME_CHARS 64
#define TITLE_CHARS 48 /* of 63: the rest is for a number */
#define STATIONS_MAX 64
#define STATION_BYTES 128
#define POLL_DEFAULT 5000
#define POLL_LEAST 1000
#define POLL_MOST 60000
#define PAIRS_MAX 32
#define USB_MAX 64

/* Options being collected; values lie in the request's arena. */
struct draft {
	struct request *q;
	const struct printer_block *old; /* NULL: a new printer */
	const char *names[PAIRS_MAX];
	size_t values[PAIRS_MAX];        /* offsets, or UNSET */
	size_t count;
};
#define UNSET ((size_t)-1)

static enum err bad(struct why *why, const char *member)
{
	return why_field(why, member, E_FIELD, "Invalid printer");
}

/* --- reading ------------------------------------------------------------------------- */

static bool has_controls(struct str s)
{
	for (size_t i = 0; i < s.len; i++)
		if ((unsigned char)s.ptr[i] < ' ' || s.ptr[i] == 0x7F)
			return true;
	return false;
}

static size_t characters(struct str s)
{
	size_t n = 0;

	for (size_t at = 0; at < s.len; n++)
		utf8_next(s, &at);
	return n;
}

static void put(struct draft *d, const char *option, struct str value)
{
	struct buf *arena = &d->q->arena;

	if (d->count == PAIRS_MAX || (!value.ptr && !d->old))
		return; /* a new block has its defaults anyway */
	d->names[d->count] = option;
	d->values[d->count++] = value.ptr ? arena->len : UNSET;
	if (!value.ptr)
		return;
	buf_add_str(arena, value);
	buf_add_byte(arena, 0);
}

typedef enum err member_fn(const struct json *v, struct draft *d, const char *option,
    struct why *why);

static enum err read_name(const struct json *v, struct draft *d, const char *option,
    struct why *why)
{
	struct str name = json_string(v);
	size_t n = characters(name);

	if (n < 1 || n > NAME_CHARS || has_controls(name))
		return bad(why, "name");
	put(d, option, name);
	return E_OK;
}

/* A word of the configuration, which judges it; "unset" is its own. */
static enum err read_text(const struct json *v, struct draft *d, const char *option,
    struct why *why)
{
	struct str text = json_string(v);

	if (!text.len || has_controls(text) || str_is(text, "unset"))
		return bad(why, option);
	put(d, option, text);
	return E_OK;
}

static enum err read_text_or_null(const struct json *v, struct draft *d, const char *option,
    struct why *why)
{
	if (!json_is(v, JSON_NULL))
		return read_text(v, d, option, why);
	put(d, option, STR_NONE);
	return E_OK;
}

static enum err read_bool(const struct json *v, struct draft *d, const char *option,
    struct why *why)
{
	if (!json_is(v, JSON_BOOL))
		return bad(why, option);
	put(d, option, json_bool(v, false) ? STR("yes") : STR("no"));
	return E_OK;
}

static void put_int(struct draft *d, const char *option, int64_t n)
{
	char text[24];

	snprintf(text, sizeof text, "%lld", (long long)n);
	put(d, option, str_of(text));
}

static enum err read_int(const struct json *v, struct draft *d, const char *option,
    struct why *why)
{
	int64_t n;

	if (!json_int(v, &n))
		return bad(why, option);
	put_int(d, option, n);
	return E_OK;
}

/* What is out of range is taken to the nearest end, what is no number is 5000. */
static enum err read_interval(const struct json *v, struct draft *d, const char *option,
    struct why *why)
{
	double ms = POLL_DEFAULT;
	int64_t n;

	(void)why;
	if (!json_is(v, JSON_NUMBER) || !json_double(v, &ms))
		ms = POLL_DEFAULT;
	n = ms < POLL_LEAST ? POLL_LEAST : ms > POLL_MOST ? POLL_MOST : (int64_t)ms;
	if (ms < POLL_LEAST || ms > POLL_MOST)
		log_warn("print-bridge.interval",
		    "statusPollIntervalMs must be 1000 to 60000: %lld is used", (long long)n);
	put_int(d, option, n);
	return E_OK;
}

/* The configuration's lists have commas between their items. */
static bool is_station(struct str s)
{
	return s.len >= 1 && s.len <= STATION_BYTES && !has_controls(s) &&
	    !memchr(s.ptr, ',', s.len) && str_eq(str_trim(s), s);
}

static enum err read_stations(const struct json *v, struct draft *d, const char *option,
    struct why *why)
{
	struct buf list;
	enum err err = E_OK;

	if (!json_is(v, JSON_ARRAY) || json_count(v) > STATIONS_MAX)
		return bad(why, "stationIds");
	buf_init(&list, STATIONS_MAX * (STATION_BYTES + 1));
	for (const struct json *e = json_first(v); e && !err; e = json_next(e)) {
		if (e != json_first(v))
			buf_puts(&list, ",");
		if (is_station(json_string(e)))
			buf_add_str(&list, json_string(e));
		else
			err = bad(why, "stationIds");
	}
	if (!err)
		put(d, option, list.len ? buf_str(&list) : STR(""));
	buf_finish(&list);
	return err;
}

static const struct {
	const char *member, *option;
	member_fn *read;
} members[] = {
	{ "name", "label", read_name },
	{ "stationIds", "stations", read_stations },
	{ "statusPollingEnabled", "status-polling", read_bool },
	{ "statusPollIntervalMs", "status-poll-interval", read_interval },
	{ "usbDeviceClass", "usb-class", read_text_or_null },
	{ "language", "language", read_text },
	{ "columns", "columns", read_int },
	{ "encoding", "encoding", read_text },
	{ "copies", "copies", read_int },
	{ "onDoubt", "on-doubt", read_text },
	{ "drawerPin", "drawer-pin", read_int },
	{ "drawerOpenLevel", "drawer-open-level", read_text_or_null },
};

const char *printbridge_member(const char *option)
{
	if (strcmp(option, "uri") == 0)
		return "url";
	for (size_t i = 0; i < COUNT_OF(members); i++)
		if (strcmp(option, members[i].option) == 0)
			return members[i].member;
	return option;
}

static enum err read_members(const struct json *body, struct draft *d, struct why *why)
{
	enum err err = E_OK;

	for (size_t i = 0; i < COUNT_OF(members) && !err; i++) {
		const struct json *v = json_get(body, members[i].member);

		if (v)
			err = members[i].read(v, d, members[i].option, why);
	}
	return err;
}

/* --- where it is ------------------------------------------------------------------------ */

static bool parse_uri(const struct device *d, struct uri *uri)
{
	return uri_parse(str_of(d->settings.uri), uri, NULL) == E_OK;
}

static bool is_nowhere(const struct uri *uri)
{
	return str_is_nocase(uri->scheme, "none");
}

bool printbridge_is_tcp(const struct device *d)
{
	struct uri uri;

	if (!parse_uri(d, &uri))
		return false;
	return str_is_nocase(uri.scheme, "socket") ||
	    (is_nowhere(&uri) && !str_is(uri.path, "/usb"));
}

const char *printbridge_url(const struct device *d, char out[static 320])
{
	struct uri uri;
	bool v6;

	if (!printbridge_is_tcp(d) || !parse_uri(d, &uri) || is_nowhere(&uri))
		return NULL;
	v6 = memchr(uri.host.ptr, ':', uri.host.len) != NULL;
	snprintf(out, 320, "tcp://%s%.*s%s:%u", v6 ? "[" : "", STR_ARG(str_head(uri.host, 255)),
	    v6 ? "]" : "", uri.port ? uri.port : 9100u);
	return out;
}

static struct str device_path(const struct device *d)
{
	struct uri uri;

	if (printbridge_is_tcp(d) || !parse_uri(d, &uri) || is_nowhere(&uri))
		return STR_NONE;
	return uri.path;
}

/* tcp://host:port, host:port or host. */
static bool put_url(struct draft *d, struct str url)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyz0123456789"
				      "ABCDEFGHIJKLMNOPQRSTUVWXYZ.-_:[]";
	struct str rest = str_starts(url, "tcp://") ? str_from(url, 6) : url;
	char text[256];
	struct uri uri;
	int n = snprintf(text, sizeof text, "socket://%.*s", STR_ARG(rest));

	if (n < 0 || (size_t)n >= sizeof text - sizeof ":65535" || strlen(text) != (size_t)n ||
	    strspn(text + 9, allowed) != rest.len || uri_parse(str_of(text), &uri, NULL) ||
	    !uri.host.len)
		return false;
	if (!uri.port)
		strcat(text, ":9100");
	put(d, "uri", str_of(text));
	return true;
}

/* A node below /dev: this is no way to have us write into other files. */
static bool put_path(struct draft *d, struct str path)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyz0123456789"
				      "ABCDEFGHIJKLMNOPQRSTUVWXYZ/.-_:+@,=";
	char text[256];

	if (!str_starts(path, "/dev/") || path.len < 6 || path.len > 200)
		return false;
	snprintf(text, sizeof text, "file:%.*s", STR_ARG(path));
	if (strlen(text) != path.len + 5 || strspn(text, allowed) != path.len + 5 ||
	    strstr(text, "/..") || strstr(text, "//"))
		return false;
	put(d, "uri", str_of(text));
	return true;
}

static enum usb_class detect(const struct platen *p, struct str path)
{
	const char *root = p->config->daemon.device_root;
	struct usb_device list[USB_MAX];
	size_t count = usb_list(root ? root : "", list, USB_MAX);

	for (size_t i = 0; i < count; i++)
		if (str_is(path, list[i].path) || str_is(path, list[i].stable))
			return list[i].class;
	return USB_UNKNOWN;
}

static bool is_null(const struct json *v)
{
	return !v || json_is(v, JSON_NULL);
}

static enum err place_tcp(struct draft *d, const struct json *url, struct why *why)
{
	if (is_null(url))
		put(d, "uri", STR("none:/tcp"));
	else if (!put_url(d, json_string(url)))
		return bad(why, "url");
	return E_OK;
}

static enum err place_usb(struct draft *d, const struct json *path, const struct json *class,
    struct why *why)
{
	struct str text = json_string(path);

	if (is_null(path))
		put(d, "uri", STR("none:/usb"));
	else if (!put_path(d, text))
		return bad(why, "devicePath");
	else if (!class)
		put(d, "usb-class", str_of(usb_class_name(detect(d->q->platen, text))));
	return E_OK;
}

static enum err read_type(const struct draft *d, const struct json *v, bool *tcp, struct why *why)
{
	*tcp = v ? str_is(json_string(v), "tcp") : d->old && printbridge_is_tcp(d->q->device);
	if (!*tcp && !str_is(json_string(v), "usb") && (v || !d->old))
		return bad(why, "connectionType");
	return E_OK;
}

/* The three members as they will be decide; what belongs to the other type
 * must be null. Nothing of them given: it stays where it is. */
static enum err read_place(const struct json *body, struct draft *d, struct why *why)
{
	const struct json *type = json_get(body, "connectionType"), *url = json_get(body, "url");
	const struct json *path = json_get(body, "devicePath");
	bool tcp, was_tcp = d->old && printbridge_is_tcp(d->q->device), moved;
	enum err err = read_type(d, type, &tcp, why);

	if (err)
		return err;
	if (tcp && !is_null(path))
		return bad(why, "devicePath");
	if (!tcp && !is_null(url))
		return bad(why, "url");
	moved = !d->old || tcp != was_tcp;
	if (tcp && (url || moved))
		return place_tcp(d, url, why);
	if (!tcp && (path || moved))
		return place_usb(d, path, json_get(body, "usbDeviceClass"), why);
	return E_OK;
}

/* --- judging ------------------------------------------------------------------------------- */

const char *printbridge_label(const struct device *d)
{
	return d->block && d->block->label ? d->block->label : d->name;
}

bool printbridge_shown(const struct device *d, const struct caller *caller)
{
	return d->block && access_printer(caller, d->name);
}

static bool label_taken(const struct platen *p, const struct device *but, struct str label)
{
	LIST_EACH(&p->devices.list, node) {
		const struct device *d = LIST_OF(node, struct device, node);

		if (d != but && d->block && str_is(label, printbridge_label(d)))
			return true;
	}
	return false;
}

static enum err check_name(const struct request *q, struct why *why)
{
	const struct json *name = json_get(q->json, "name");

	if (name && label_taken(q->platen, q->device, json_string(name)))
		return why_fail(why, E_CONFLICT, "Printer name in use");
	return E_OK;
}

static bool title_taken(const struct platen *p, const char *title)
{
	for (size_t i = 0; i < p->config->printer_count; i++)
		if (strcmp(p->config->printers[i].name, title) == 0)
			return true;
	return false;
}

/* A name in the configuration is made of fewer characters than one for people. */
static void make_title(struct request *q)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz"
				      "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
	struct str name = json_string(json_get(q->json, "name"));
	char base[TITLE_CHARS + 1];
	size_t n = 0;

	for (size_t i = 0; i < name.len && n < TITLE_CHARS; i++) {
		if (strchr(letters, name.ptr[i]))
			base[n++] = name.ptr[i];
		else if (n && base[n - 1] != '-')
			base[n++] = '-';
	}
	while (n && base[n - 1] == '-')
		n--;
	base[n] = '\0';
	snprintf(q->name, sizeof q->name, "%s", n ? base : "printer");
	for (unsigned i = 2; title_taken(q->platen, q->name); i++)
		snprintf(q->name, sizeof q->name, "%s-%u", n ? base : "printer", i);
}

static enum err finish(struct draft *d, struct why *why)
{
	struct request *q = d->q;
	const char **pairs;

	if (q->arena.failed)
		return why_fail(why, E_TOO_LARGE, NULL);
	pairs = q->pairs = mem_array(2 * d->count + 1, sizeof *pairs);
	for (size_t i = 0; i < d->count; i++) {
		pairs[2 * i] = d->names[i];
		pairs[2 * i + 1] = d->values[i] == UNSET ? NULL
		    : (const char *)q->arena.ptr + d->values[i];
	}
	return E_OK;
}

static enum err judge(struct request *q, const struct printer_block *old, struct why *why)
{
	struct draft d = { .q = q, .old = old };
	enum err err;

	if ((err = read_members(q->json, &d, why)) || (err = read_place(q->json, &d, why)) ||
	    (err = check_name(q, why)))
		return err;
	return finish(&d, why);
}

enum err printbridge_judge_new(struct request *q, struct why *why)
{
	if (!json_get(q->json, "name"))
		return bad(why, "name");
	make_title(q);
	return judge(q, NULL, why);
}

/* It must be there, and not be defined by hand. */
static enum err ours(struct request *q, struct why *why)
{
	const struct device *d = q->device;

	if (!d || d->gone || !printbridge_shown(d, q->caller))
		return why_fail(why, E_NOT_FOUND, "Printer not found");
	if (!d->block->added)
		return why_fail(why, E_CONFLICT, "Defined in configuration file");
	str_copy(q->name, sizeof q->name, str_of(d->name));
	return E_OK;
}

enum err printbridge_judge_change(struct request *q, struct why *why)
{
	enum err err = ours(q, why);

	return err ? err : judge(q, q->device->block, why);
}

enum err printbridge_judge_removal(struct request *q, struct why *why)
{
	enum err err = ours(q, why);

	if (!err && (q->device->line.jobs || q->device->line.accepting))
		return why_fail(why, E_CONFLICT, "Printer has jobs");
	return err;
}

/* --- writing ------------------------------------------------------------------------- */

static const char *class_of(const struct device *d)
{
	static const char *const names[] = { NULL, "printer", "serial", "unknown" };
	struct str path = device_path(d);

	if (printbridge_is_tcp(d))
		return NULL;
	if (d->block->usb_class)
		return names[d->block->usb_class];
	if (str_starts(path, "/dev/usb/lp"))
		return "printer";
	return str_starts(path, "/dev/tty") ? "serial" : "unknown";
}

void printbridge_write_stations(struct json_w *w, const struct device *d)
{
	const struct texts *t = &d->block->stations;

	json_w_key(w, "stationIds");
	json_w_array(w);
	for (size_t i = 0; i < t->count; i++)
		json_w_text(w, t->items[i]);
	json_w_array_end(w);
}

static void write_print_options(struct json_w *w, const struct printer_block *b)
{
	static const char *const levels[] = { NULL, "low", "high" };
	const char *on_doubt = on_doubt_name((enum on_doubt)b->on_doubt);

	json_w_text_field(w, "language", b->language);
	json_w_int_field(w, "columns", b->columns);
	json_w_text_field(w, "encoding", b->encoding);
	json_w_int_field(w, "copies", b->copies);
	json_w_text_field(w, "onDoubt", on_doubt[0] ? on_doubt : on_doubt_name(DOUBT_HOLD));
	json_w_int_field(w, "drawerPin", b->drawer_pin);
	json_w_text_field(w, "drawerOpenLevel", levels[b->drawer_open_level]);
}

void printbridge_write_printer(struct json_w *w, const struct device *d)
{
	struct str path = device_path(d);
	char url[320];

	json_w_object(w);
	json_w_text_field(w, "id", d->uuid);
	json_w_text_field(w, "name", printbridge_label(d));
	json_w_text_field(w, "connectionType", printbridge_is_tcp(d) ? "tcp" : "usb");
	json_w_text_field(w, "url", printbridge_url(d, url));
	json_w_key(w, "devicePath");
	if (path.ptr)
		json_w_str(w, path);
	else
		json_w_null(w);
	printbridge_write_stations(w, d);
	json_w_bool_field(w, "statusPollingEnabled", d->block->status_polling);
	json_w_int_field(w, "statusPollIntervalMs", d->block->status_poll_interval);
	json_w_text_field(w, "usbDeviceClass", class_of(d));
	write_print_options(w, d->block);
	json_w_object_end(w);
}
