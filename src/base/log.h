/*
 * The log: one line per event to standard error, as text for a terminal or as
 * JSON for the journal. Safe from every thread; a line is one write().
 *
 * `event` is a stable dotted name ("listen.failed") that people grep for and
 * alert on. Never log payload, tokens, passwords or query strings. The message
 * is made safe before it is written: control and non-UTF-8 bytes are escaped,
 * runs of 13 to 19 digits that pass the Luhn check are masked to the last
 * four, and lines are cut at 1 KiB. At most 200 lines a second are written per
 * event; what was dropped is counted and said.
 */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include <stdbool.h>

#include "base/str.h"

enum log_level { LOG_ERROR, LOG_WARN, LOG_INFO, LOG_DEBUG };
enum log_format { LOG_TEXT, LOG_JSON };

void log_open(enum log_level level, enum log_format format);
bool log_level_parse(struct str text, enum log_level *level);
void log_write(enum log_level level, const char *event, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

#define log_error(...) log_write(LOG_ERROR, __VA_ARGS__)
#define log_warn(...) log_write(LOG_WARN, __VA_ARGS__)
#define log_info(...) log_write(LOG_INFO, __VA_ARGS__)
#define log_debug(...) log_write(LOG_DEBUG, __VA_ARGS__)

#endif
