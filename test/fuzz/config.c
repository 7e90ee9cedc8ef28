/*
 * A configuration file: it loads or has mistakes, the same ones each time, and
 * what was read reads the same after our own writer has written it. Includes
 * are left out: they would read this machine.
 */
#include "core/config_inside.h"

#include <string.h>

#include "base/log.h"
#include "fuzz.h"

static bool any(const char *name)
{
	return strcmp(name, "none") != 0;
}

static enum err any_uri(const char *uri, struct why *why)
{
	return strstr(uri, ":") ? E_OK : why_fail(why, E_FIELD, "no such transport");
}

static const char *names_of(const char *dialect)
{
	return strcmp(dialect, "plato") ? NULL : "shop.example, localhost";
}

static bool only_here(const char *dialect)
{
	return !strcmp(dialect, "pispas");
}

static const struct config_checks checks = { any, any, any_uri, names_of, only_here,
	"native, plato, pispas", "raw" };

static struct config *load(struct str text, struct mistakes *mistakes)
{
	mistakes_init(mistakes);
	struct config *c = config_load_with(NULL, "f", text, &checks, mistakes);
	MUST(!c == (mistakes->count > 0));
	return c;
}

static void check_load(struct str text)
{
	struct mistakes first, second;
	struct config *c = load(text, &first);
	config_destroy(load(text, &second));
	MUST(str_eq(buf_str(&first.text), buf_str(&second.text)));
	for (struct str rest = buf_str(&first.text); rest.len;)
		MUST(str_starts(str_cut(rest, '\n', &rest), "f:"));
	config_destroy(c);
	mistakes_finish(&first);
	mistakes_finish(&second);
}

static bool known(const struct raw_block *b)
{
	if (!b->block || block_find(str_of(b->block)) == BLOCKS)
		return false;
	for (size_t i = 0; i < b->count; i++) {
		const struct option *o =
		    option_find(block_find(str_of(b->block)), str_of(b->values[i].option));
		/* the writer puts what belongs together together, and once */
		bool again = i && !strcmp(b->values[i].option, b->values[i - 1].option);
		if (!o || b->values[i].first == again || (again && o->type != OPTION_LIST) ||
		    (!b->values[i].text && o->type != OPTION_LIST))
			return false;
	}
	return true;
}

static void must_be_same(const struct raw_block *a, const struct raw_block *b)
{
	MUST(!strcmp(a->block, b->block) && a->count == b->count);
	MUST(!a->title == !b->title && (!a->title || !strcmp(a->title, b->title)));
	for (size_t i = 0; i < a->count; i++) {
		const struct raw_value *v = &a->values[i], *w = &b->values[i];
		MUST(!strcmp(v->option, w->option));
		MUST(!v->text == !w->text && (!v->text || !strcmp(v->text, w->text)));
	}
}

static void check_written(struct str text)
{
	struct raw raw = { 0 }, again = { 0 };
	struct mistakes mistakes;
	struct buf out;
	mistakes_init(&mistakes);
	buf_init(&out, 1 << 24);
	config_read_text(&raw, "f", text, &mistakes);
	bool plain = !mistakes.count;
	for (size_t i = 0; i < raw.count; i++)
		plain = plain && known(&raw.blocks[i]);
	if (plain) {
		MUST(raw_write(&raw, &out));
		config_read_text(&again, "f", buf_str(&out), &mistakes);
		MUST(!mistakes.count && again.count == raw.count);
		for (size_t i = 0; i < raw.count; i++)
			must_be_same(&raw.blocks[i], &again.blocks[i]);
	}
	raw_finish(&raw);
	raw_finish(&again);
	buf_finish(&out);
	mistakes_finish(&mistakes);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct str text = { (const char *)bytes, size };
	if (memmem(bytes, size, "include", 7) || memmem(bytes, size, "inc\\", 4))
		return -1;
	log_open(LOG_ERROR, LOG_TEXT);
	check_load(text);
	check_written(text);
	return 0;
}
