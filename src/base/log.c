/*
 * A line is put together on the stack of the thread that logs and leaves by
 * one write(), so lines never mix. Only the count of lines per event is shared
 * and has a mutex, which is held for no longer than a look into a map.
 */
#include "base/log.h"

#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/date.h"
#include "base/json.h"
#include "base/map.h"
#include "base/mem.h"
#include "base/text.h"

#define LINE_MAX_BYTES 1024
#define FRAME_BYTES 160      /* time, level, event and what surrounds them */
#define LINES_PER_SECOND 200
#define EVENT_MAX 64

struct rate {
	int64_t second;
	unsigned written, dropped;
};

static const char *const level_names[] = { "error", "warn", "info", "debug" };

static enum log_level max_level = LOG_INFO;
static enum log_format line_format = LOG_TEXT;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static struct map rates; /* event -> struct rate, for the life of the process */

void log_open(enum log_level level, enum log_format format)
{
	max_level = level;
	line_format = format;
}

bool log_level_parse(struct str text, enum log_level *level)
{
	for (size_t i = 0; i < COUNT_OF(level_names); i++) {
		if (str_is(text, level_names[i])) {
			*level = (enum log_level)i;
			return true;
		}
	}
	return false;
}

static struct rate *rate_of(struct str event)
{
	struct rate *rate = map_get(&rates, event);
	if (!rate) {
		rate = mem_alloc(sizeof(*rate));
		map_put(&rates, event, rate);
	}
	return rate;
}

/* `*dropped` gets the lines of this event that were left out before now. */
static bool may_write(const char *event, int64_t second, unsigned *dropped)
{
	pthread_mutex_lock(&mutex);
	struct rate *rate = rate_of(str_of(event));
	*dropped = 0;
	if (rate->second != second) {
		*dropped = rate->dropped;
		*rate = (struct rate){ .second = second };
	}
	bool may = rate->written < LINES_PER_SECOND;
	rate->written += may;
	rate->dropped += !may;
	pthread_mutex_unlock(&mutex);
	return may;
}

/* How much of the line a character costs; JSON needs a backslash before some. */
static bool add_safe(struct buf *out, const char *bytes, size_t len, size_t *room)
{
	size_t cost = len;
	if (line_format == LOG_JSON)
		for (size_t i = 0; i < len; i++)
			cost += bytes[i] == '"' || bytes[i] == '\\';
	if (cost > *room)
		return false;
	*room -= cost;
	return buf_add(out, bytes, len);
}

/* Control characters and what is not UTF-8 as \xNN. */
static void make_safe(struct str raw, struct buf *out)
{
	size_t room = LINE_MAX_BYTES - FRAME_BYTES;
	for (size_t at = 0; at < raw.len;) {
		size_t from = at;
		uint32_t code = utf8_next(raw, &at);
		bool bad = code == 0xfffd && at - from == 1;
		char escape[8] = "";
		if (bad || code < ' ' || (code >= 0x7f && code < 0xa0))
			snprintf(escape, sizeof(escape), "\\x%02x", (uint8_t)raw.ptr[at - 1]);
		bool fits = *escape ? add_safe(out, escape, strlen(escape), &room)
				    : add_safe(out, raw.ptr + from, at - from, &room);
		if (!fits)
			return;
	}
}

static void add_json(struct buf *line, const char *date, const char *level, const char *event,
    struct str message)
{
	struct json_w w = json_w(line);
	json_w_object(&w);
	json_w_text_field(&w, "time", date);
	json_w_text_field(&w, "level", level);
	json_w_text_field(&w, "event", event);
	json_w_str_field(&w, "message", message);
	json_w_object_end(&w);
	buf_add_byte(line, '\n');
}

static void write_line(enum log_level level, int64_t wall_ms, const char *event, struct str raw)
{
	char date[32], name[EVENT_MAX];
	struct buf message, line;
	buf_init(&message, LINE_MAX_BYTES);
	buf_init(&line, LINE_MAX_BYTES);
	make_safe(raw, &message);
	date_format(wall_ms, date);
	str_copy(name, sizeof(name), str_of(event));
	if (line_format == LOG_JSON)
		add_json(&line, date, level_names[level], name, buf_str(&message));
	else
		buf_printf(&line, "%s %-5s %s: %.*s\n", date, level_names[level], name,
		    STR_ARG(buf_str(&message)));
	/* nobody is left to tell if standard error is gone */
	ssize_t ignored = write(STDERR_FILENO, line.ptr, line.len);
	(void)ignored;
	buf_finish(&message);
	buf_finish(&line);
}

void log_write(enum log_level level, const char *event, const char *fmt, ...)
{
	if (level > max_level)
		return;
	struct timespec now;
	clock_gettime(CLOCK_REALTIME, &now);
	int64_t wall_ms = (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
	unsigned dropped;
	bool may = may_write(event, now.tv_sec, &dropped);
	/* Twice what a line holds, so that no card number is cut before it is masked. */
	char text[2 * LINE_MAX_BYTES];
	if (dropped) {
		int len = snprintf(text, sizeof(text), "%u lines of %.*s were left out", dropped,
		    EVENT_MAX, event);
		write_line(LOG_WARN, wall_ms, "log.dropped", (struct str){ text, (size_t)len });
	}
	if (!may)
		return;
	va_list args;
	va_start(args, fmt);
	int len = vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	if (len < 0)
		return;
	struct str raw = { text, (size_t)len < sizeof(text) ? (size_t)len : sizeof(text) - 1 };
	text_mask_cards(text, raw.len);
	write_line(level, wall_ms, event, raw);
}
