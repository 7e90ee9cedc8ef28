/* Tables of status.def. */
#include "core/status.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"

static const char *const reaches[] = {
#define REACH(code, name) [code] = name,
#include "core/status.def"
#undef REACH
};
static const char *const sources[] = {
#define SOURCE(code, name) [code] = name,
#include "core/status.def"
#undef SOURCE
};
static const char *const proofs[] = {
#define PROOF(code, name) [code] = name,
#include "core/status.def"
#undef PROOF
};
static const struct {
	const char *name;
	size_t offset;
} fact_rows[] = {
#define FACT(field, name) { name, offsetof(struct facts, field) },
#include "core/status.def"
#undef FACT
};
static const struct {
	const char *name, *upos;
	size_t offset;
	enum tri value;
	enum hold hold;
} reasons[] = {
#define REASON(code, name, upos, fact, value, hold) \
	[code] = { name, upos, offsetof(struct facts, fact), value, hold },
#include "core/status.def"
#undef REASON
};

static enum tri value_at(const struct facts *f, size_t offset)
{
	return *(const enum tri *)(const void *)((const char *)f + offset);
}

const char *reach_name(enum reach r)
{
	return reaches[r];
}

const char *source_name(enum source s)
{
	return sources[s];
}

const char *proof_name(enum proof p)
{
	return proofs[p];
}

bool proof_parse(struct str name, enum proof *p)
{
	for (size_t i = 0; i < COUNT_OF(proofs); i++)
		if (str_is(name, proofs[i])) {
			*p = (enum proof)i;
			return true;
		}
	return false;
}

const char *reason_name(enum reason r)
{
	return reasons[r].name;
}

const char *reason_upos(enum reason r)
{
	return reasons[r].upos;
}

unsigned facts_reasons(const struct facts *f)
{
	unsigned set = 0;

	for (unsigned i = 0; i < REASONS; i++)
		if (value_at(f, reasons[i].offset) == reasons[i].value)
			set |= 1u << i;
	return set;
}

enum hold facts_hold(const struct facts *f)
{
	for (unsigned i = 0; i < REASONS; i++)
		if (reasons[i].hold && value_at(f, reasons[i].offset) == reasons[i].value)
			return reasons[i].hold;
	return HOLD_NONE;
}

bool facts_eq(const struct facts *a, const struct facts *b)
{
	return memcmp(a, b, sizeof *a) == 0;
}

void facts_merge(struct facts *f, const struct facts *news)
{
#define FACT(field, name)     \
	if (news->field)      \
		f->field = news->field;
#include "core/status.def"
#undef FACT
}

const char *facts_at(const struct facts *f, unsigned i, enum tri *value)
{
	if (i >= COUNT_OF(fact_rows))
		return NULL;
	*value = value_at(f, fact_rows[i].offset);
	return fact_rows[i].name;
}

void identity_mask_serial(char *serial, size_t size)
{
	char last[5] = "";
	size_t len = strlen(serial);

	if (len > 4)
		memcpy(last, serial + len - 4, 4);
	snprintf(serial, size, "****%s", last);
}
