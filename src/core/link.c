/*
 * A link adds to a transport what all of them share: the pause between two
 * connections, keeping one open between jobs, and the counters.
 */
#include "core/link.h"

#include "core/wire.h"
#include "sys/clock.h"

enum err link_init(struct link *l, const char *uri, const struct link_options *o,
    struct why *why)
{
	*l = (struct link){ .options = *o, .torn = true };
	if (!str_copy(l->uri_text, sizeof(l->uri_text), str_of(uri)))
		return why_field(why, "uri", E_FIELD, "The device's URI is too long");
	enum err err = uri_parse(str_of(l->uri_text), &l->uri, why);
	if (err)
		return err;
	l->transport = transport_find(l->uri.scheme);
	if (!l->transport)
		return why_field(why, "uri", E_FIELD, "There is no transport \"%.*s\"",
		    STR_ARG(l->uri.scheme));
	return l->transport->check(&l->uri, why);
}

void link_finish(struct link *l)
{
	link_abort(l);
}

/* Whether a link kept open still is: an idle printer may have closed it, and a
 * job written into that would be lost with bytes out. */
static bool still_open(struct link *l)
{
	uint8_t stale[64];
	size_t got;
	enum err err;
	do
		err = l->transport->read(l->wire, stale, sizeof(stale), clock_mono(), &got, NULL);
	while (!err && got);
	return !err;
}

static enum err cool_down(struct link *l, struct why *why)
{
	if (!l->closed_at)
		return E_OK;
	return wire_wait(&l->options.wire, -1, 0,
	    (l->closed_at + l->options.cooldown) * 1000, NULL, why);
}

enum err link_open(struct link *l, struct why *why)
{
	if (l->wire && still_open(l))
		return E_OK;
	link_abort(l);
	enum err err = cool_down(l, why);
	if (err)
		return err;
	err = l->transport->open(&l->uri, &l->options.wire, &l->wire, why);
	if (err) {
		l->wire = NULL;
		l->open_failures++;
		return err;
	}
	l->opens++;
	return E_OK;
}

enum err link_write(struct link *l, const void *bytes, size_t len, uint64_t *left,
    struct why *why)
{
	*left = 0;
	enum err err = l->transport->write(l->wire, bytes, len, left, why);
	l->written += *left;
	l->torn = l->torn || err;
	return err;
}

enum err link_read(struct link *l, void *bytes, size_t len, int64_t deadline, size_t *got,
    struct why *why)
{
	enum err err = l->transport->read(l->wire, bytes, len, deadline, got, why);
	l->torn = l->torn || (err && err != E_CANCELLED);
	return err;
}

enum err link_pause(struct link *l, int64_t ms, struct why *why)
{
	enum err err = wire_wait(&l->options.wire, -1, 0, clock_mono_us() + ms * 1000, NULL, why);
	l->torn = l->torn || err;
	return err;
}

static void closed(struct link *l)
{
	l->wire = NULL;
	l->closed_at = clock_mono() + 1; /* rounded up: the cool-down is "at least" */
}

void link_rest(struct link *l)
{
	if (!l->options.keep_open)
		link_close(l);
}

void link_close(struct link *l)
{
	if (!l->wire)
		return;
	l->transport->close(l->wire);
	closed(l);
}

void link_abort(struct link *l)
{
	if (!l->wire)
		return;
	l->transport->abort(l->wire);
	closed(l);
}
