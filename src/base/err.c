/*
 * The rows of err.def as a table, and the three ways to fill a `struct why`.
 */
#include "base/err.h"

#include <stdio.h>
#include <string.h>

static const struct row {
	const char *name;
	int status;
	enum verdict verdict;
	const char *text;
} rows[ERR_COUNT] = {
	[E_OK] = { "ok", 200, VERDICT_DONE, "OK" },
#define ERR(code, name, http, verdict, text) [code] = { name, http, VERDICT_##verdict, text },
#include "base/err.def"
#undef ERR
};

static const struct row *row_of(enum err err)
{
	return (unsigned)err < ERR_COUNT ? &rows[err] : &rows[E_INTERNAL];
}

const char *err_name(enum err err)
{
	return row_of(err)->name;
}

int err_status(enum err err)
{
	return row_of(err)->status;
}

const char *err_text(enum err err)
{
	return row_of(err)->text;
}

enum verdict err_verdict(enum err err)
{
	return row_of(err)->verdict;
}

const char *verdict_name(enum verdict verdict)
{
	static const char *const names[] = {
		[VERDICT_DONE] = "done",
		[VERDICT_RETRY] = "retry",
		[VERDICT_HOLD] = "hold",
		[VERDICT_FAIL] = "fail",
		[VERDICT_DOUBT] = "doubt",
	};
	return (unsigned)verdict <= VERDICT_DOUBT ? names[verdict] : "unknown";
}

/* The arguments may point into `why` itself (a sentence that wraps another),
 * so the text is finished elsewhere and copied. */
static void fill(struct why *why, const char *field, enum err err, const char *fmt, va_list args)
{
	struct why filled = { .err = err };
	if (field)
		snprintf(filled.field, sizeof(filled.field), "%s", field);
	if (fmt)
		vsnprintf(filled.text, sizeof(filled.text), fmt, args);
	else
		snprintf(filled.text, sizeof(filled.text), "%s", err_text(err));
	*why = filled;
}

enum err why_fail(struct why *why, enum err err, const char *fmt, ...)
{
	va_list args;
	va_start(args, fmt);
	if (why)
		fill(why, NULL, err, fmt, args);
	va_end(args);
	return err;
}

enum err why_field(struct why *why, const char *field, enum err err, const char *fmt, ...)
{
	va_list args;
	va_start(args, fmt);
	if (why)
		fill(why, field, err, fmt, args);
	va_end(args);
	return err;
}

enum err why_errno(struct why *why, enum err err, int errnum, const char *fmt, ...)
{
	va_list args;
	va_start(args, fmt);
	if (why) {
		char words[64];
		fill(why, NULL, err, fmt, args);
		size_t len = strlen(why->text);
		snprintf(why->text + len, sizeof(why->text) - len, ": %s",
		    strerror_r(errnum, words, sizeof(words)));
	}
	va_end(args);
	return err;
}
