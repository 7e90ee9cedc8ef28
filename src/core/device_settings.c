/*
 * Settings of a device: from its block, or from the listener whose caller
 * named it; and what of them its worker needs.
 */
#include "core/device_inside.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"

static void read_tail(struct settings *s, const char *hex)
{
	struct buf tail;

	buf_init(&tail, sizeof s->tail);
	s->has_tail = hex != NULL && hex_decode(str_of(hex), &tail);
	s->tail_len = s->has_tail ? (uint8_t)tail.len : 0;
	if (s->tail_len)
		memcpy(s->tail, tail.ptr, tail.len);
	buf_finish(&tail);
}

#define COPY_WIRE(s, o)                              \
	do {                                         \
		(s)->open_timeout = (o)->open_timeout;   \
		(s)->write_timeout = (o)->write_timeout; \
		(s)->close_timeout = (o)->close_timeout; \
		(s)->cooldown = (o)->cooldown;           \
		(s)->chunk_delay = (o)->chunk_delay;     \
		(s)->retry_delay = (o)->retry_delay;     \
		(s)->max_attempts = (o)->max_attempts;   \
		(s)->reprint_limit = (o)->reprint_limit; \
		(s)->on_doubt = (enum on_doubt)(o)->on_doubt; \
	} while (0)

/* What stands in the block wins over the model's. */
static void read_abilities(struct settings *s, const struct printer_block *b)
{
	struct paper_settings paper = {
		.label_height = (uint32_t)b->label_height,
		.label_gap = (uint32_t)b->label_gap,
	};

	s->profile = profile_find(str_of(b->profile));
	if (config_given(BLOCK_printer, b, "width-dots"))
		paper.width_dots = (uint32_t)b->width_dots;
	if (config_given(BLOCK_printer, b, "dpi"))
		paper.dpi = (unsigned)b->dpi;
	profile_abilities(s->profile, s->language, &paper, &s->abilities);
}

void settings_of_printer(const struct printer_block *b, struct settings *s)
{
	memset(s, 0, sizeof *s);
	str_copy(s->uri, sizeof s->uri, str_of(b->uri));
	s->language = language_find(str_of(b->language));
	COPY_WIRE(s, b);
	s->drawer_expiry = b->drawer_expiry;
	s->drawer_pin = (unsigned)b->drawer_pin;
	s->queue_jobs = b->queue_jobs;
	s->queue_bytes = b->queue_bytes;
	s->poll_interval = b->status_poll_interval;
	s->poll_recheck = b->status_recheck;
	s->confirm = (enum confirm)b->confirm;
	s->confirm_timeout = b->confirm_timeout;
	s->polling = b->status_polling;
	s->keep_open = b->keep_open;
	s->refuse_unknown = b->unknown_commands == 1;
	read_tail(s, b->plato_tail);
	read_abilities(s, b);
}

void settings_of_listener(const struct listen_block *b, const char *address,
    struct settings *s)
{
	memset(s, 0, sizeof *s);
	snprintf(s->uri, sizeof s->uri, "socket://%s", address);
	s->language = language_find(STR("escpos"));
	COPY_WIRE(s, b);
	s->drawer_expiry = job_kind_lifetime(KIND_KICK);
	s->drawer_pin = 2;
	s->queue_jobs = 200;
	s->queue_bytes = 67108864;
	profile_abilities(NULL, s->language, &(struct paper_settings){ 0 }, &s->abilities);
}

struct worker_options settings_for_worker(const struct device *d)
{
	const struct settings *s = &d->settings;
	struct worker_options o = {
		.language = s->language,
		.profile = s->profile,
		.abilities = s->abilities,
		.renderer = d->platen ? d->platen->renderer : NULL,
		.link = {
			.wire = {
				.open_timeout = s->open_timeout,
				.write_timeout = s->write_timeout,
				.close_timeout = s->close_timeout,
				.cancel_fd = -1,
			},
			.cooldown = s->cooldown,
			.keep_open = s->keep_open,
		},
	};

	str_copy(o.name, sizeof o.name, str_of(d->name));
	str_copy(o.uri, sizeof o.uri, str_of(s->uri));
	return o;
}
